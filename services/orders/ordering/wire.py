"""Protobuf and events to commands, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.orders import v1 as pb
from services.orders.ordering.domain.drafting import ConvertedLine, OrderChanges
from services.orders.ordering.usecases import conversion, drafting, release, submission

CREATE = Mapper(drafting.CreateOrder, pb.CreateOrderRequest)
LIST = Mapper(drafting.ListOrders, pb.ListOrdersRequest)
SUBMIT = Mapper(submission.SubmitOrder, pb.SubmitOrderRequest)
RELEASE = Mapper(release.ReleaseHold, pb.ReleaseHoldRequest)
CANCEL = Mapper(submission.CancelOrder, pb.CancelOrderRequest)
CLOSE = Mapper(submission.CloseOrder, pb.CloseOrderRequest)
_CHANGES = Mapper(OrderChanges, pb.UpdateOrderRequest)


class ConversionPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a converted registration that this service uses."""

    registration_id: str
    partner_id: str
    country: str
    subdivision: str = ""
    currency: str
    lines: tuple[ConvertedLine, ...] = ()


def update(request: pb.UpdateOrderRequest, call: Call) -> drafting.UpdateOrder:
    """The command with the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return drafting.UpdateOrder(call=call, id=request.id, etag=request.etag, changes=changes)


def draft(envelope: Envelope, call: Call) -> conversion.DraftFromRegistration:
    """The command to create the order of a converted registration."""
    payload = EventCodec.decode(envelope, ConversionPayload)
    return conversion.DraftFromRegistration(
        call=call,
        registration_id=payload.registration_id,
        partner_id=payload.partner_id,
        country=payload.country,
        subdivision=payload.subdivision,
        currency=payload.currency,
        lines=payload.lines,
    )
