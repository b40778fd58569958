"""What a person sees of an event that passes."""

from libs.messaging.envelope import Envelope
from libs.messaging.following import Passed
from libs.pb.prm.common.v1.call_record_pb2 import CallRecord
from libs.pb.prm.orders import v1 as pb
from libs.pb.prm.partners.v1.partners_events_pb2 import CallsRecorded
from services.events.lines import FIELDS_CHARACTERS, line
from tests.builders import NOW, an_id

ORDER = an_id("ord")


def passed(type: str, body: bytes, about: str = ORDER) -> Passed:
    event = Envelope(
        id="evt",
        type=type,
        source="prm/local/orders",
        about=about,
        version=3,
        subject="prm.local.orders.order.held",
        time=NOW,
        actor="dev:somebody",
        body=body,
    )
    return Passed("orders.order.held", NOW, event)


def test_a_line_has_time_subject_document_version_and_fields() -> None:
    body = pb.OrderHeld(order_id=ORDER, reasons=[pb.HOLD_REASON_CREDIT]).SerializeToString()
    fields = f'{{"order_id":"{ORDER}","reasons":["HOLD_REASON_CREDIT"]}}'
    assert line(passed("prm.orders.v1.OrderHeld", body)).split("\t") == [
        NOW.isoformat(),
        "orders.order.held",
        ORDER,
        "3",
        fields,
    ]


def test_an_event_of_a_later_release_is_shown_without_its_fields() -> None:
    said = "4 bytes that are no prm.orders.v1.OrderBlessed of this release"
    assert line(passed("prm.orders.v1.OrderBlessed", b"abcd")).endswith(said)


def test_a_body_that_cannot_be_read_is_said() -> None:
    said = "1 bytes that are no prm.orders.v1.OrderHeld of this release"
    assert line(passed("prm.orders.v1.OrderHeld", b"\xff")).endswith(said)


def test_a_message_that_is_no_event_says_why() -> None:
    said = line(Passed("orders.order.held", NOW, None, "header ce-id is missing"))
    assert said.split("\t") == [NOW.isoformat(), "orders.order.held", "", "", "no event: header ce-id is missing"]


def test_a_line_is_one_line_that_no_terminal_obeys() -> None:
    said = line(passed("no", b"", about="\x1b[2J\n\u202e"))
    assert said.count("\t") == 4
    assert said.replace("\t", "").isascii()
    assert said.replace("\t", "").isprintable()


def test_a_large_event_is_cut() -> None:
    body = CallsRecorded(calls=[CallRecord(actor="a" * 100)] * 64).SerializeToString()
    said = line(passed("prm.partners.v1.CallsRecorded", body))
    assert FIELDS_CHARACTERS < len(said) < FIELDS_CHARACTERS + 200
