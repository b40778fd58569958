"""Structs to event messages and back, the subject taken from the proto."""

import msgspec
import pytest

from libs.errors import InvalidInput
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec, UnreadableEvent, message_type
from libs.messaging.outbox import Encoded
from libs.pb.prm.deals import v1 as pb
from tests.builders import NOW, an_id


class RegistrationCreated(msgspec.Struct, frozen=True):
    """As its message."""

    registration_id: str
    partner_id: str
    country: str


class RegistrationVanished(msgspec.Struct, frozen=True):
    """Has no message."""

    registration_id: str


class Registration(msgspec.Struct, frozen=True):
    """Has a message that is no event."""

    id: str


class WhoseIsIt(msgspec.Struct, frozen=True):
    """What a consumer wants of it."""

    partner_id: str


EVENT = RegistrationCreated(an_id("reg"), an_id("ptn"), "DE")
CODEC = EventCodec("deals", (RegistrationCreated,))


def envelope(encoded: Encoded) -> Envelope:
    return Envelope(
        id="e1",
        type=encoded.type,
        source="prm/local/deals",
        about=an_id("reg"),
        version=1,
        subject=encoded.subject,
        time=NOW,
        body=encoded.body,
    )


def test_an_event_travels_under_the_name_and_subject_of_its_message() -> None:
    message = pb.RegistrationCreated(registration_id=an_id("reg"), partner_id=an_id("ptn"), country="DE")
    assert CODEC.encode(EVENT) == Encoded(
        "prm.deals.v1.RegistrationCreated", "deals.registration.created", message.SerializeToString()
    )


def test_a_consumer_reads_the_fields_it_knows() -> None:
    encoded = CODEC.encode(EVENT)
    assert EventCodec.decode(envelope(encoded), RegistrationCreated) == EVENT
    assert EventCodec.decode(envelope(encoded), WhoseIsIt) == WhoseIsIt(an_id("ptn"))


@pytest.mark.parametrize(
    "encoded",
    [
        Encoded("prm.deals.v1.RegistrationCreated", "", b"\xff"),
        Encoded("prm.deals.v1.RegistrationVanished", "", b""),
        Encoded("prm.nowhere.v1.Thing", "", b""),
        Encoded("nothing", "", b""),
        Encoded("../../x.y", "", b""),
    ],
    ids=lambda one: one.type,
)
def test_what_cannot_be_read_is_refused_for_good(encoded: Encoded) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        EventCodec.decode(envelope(encoded), WhoseIsIt)
    assert caught.value.metadata == {"id": "e1", "type": encoded.type}
    assert not isinstance(caught.value, InvalidInput)


@pytest.mark.parametrize(("event", "why"), [(RegistrationVanished, "no message"), (Registration, "no subject")])
def test_an_event_that_cannot_travel_is_refused_at_the_start(event: type[msgspec.Struct], why: str) -> None:
    with pytest.raises(TypeError, match=why):
        EventCodec("deals", (event,))


def test_messages_of_a_peer_are_found_by_name() -> None:
    assert message_type("prm.partners.v1.PartnerApproved").DESCRIPTOR.full_name == "prm.partners.v1.PartnerApproved"
