"""Protobuf and events to commands, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals import v1 as pb
from services.deals.conversion import usecases

CONVERT = Mapper(usecases.ConvertRegistration, pb.ConvertRegistrationRequest)


class OrderPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of `orders.order.created` that deals needs."""

    order_id: str
    partner_id: str
    registration_id: str = ""
    from_conversion: bool = False


def link_order(envelope: Envelope, call: Call) -> usecases.LinkOrder | None:
    """The command for an order that was created from a converted claim. None for any other order, even if it names a
    claim: anybody can write the id of a claim on an order."""
    payload = EventCodec.decode(envelope, OrderPayload)
    if not payload.from_conversion:
        return None
    return usecases.LinkOrder(
        call=call,
        registration_id=payload.registration_id,
        partner_id=payload.partner_id,
        order_id=payload.order_id,
    )
