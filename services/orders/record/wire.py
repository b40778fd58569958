"""Orders to protobuf, and events of registrations to commands, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.orders import v1 as pb
from services.orders.record import usecases
from services.orders.record.domain.order import Order

ORDER = Mapper(Order, pb.Order)


class RegistrationPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a registration event that this service uses."""

    registration_id: str
    partner_id: str


def registration_of(envelope: Envelope, call: Call) -> usecases.KnowRegistration:
    """The command to store the partner of a registration, from any of its events."""
    payload = EventCodec.decode(envelope, RegistrationPayload)
    return usecases.KnowRegistration(
        call=call,
        registration_id=payload.registration_id,
        partner_id=payload.partner_id,
        facts_version=envelope.version,
    )
