"""Which events leave as webhooks, and what they are as JSON."""

from datetime import UTC, datetime

import pytest

from libs.messaging.catalogue import deliverable, event_as_json
from libs.messaging.envelope import Envelope
from libs.messaging.events import UnreadableEvent, message_type
from libs.pb.prm.options.v1 import options_pb2
from libs.pb.prm.orders import v1 as pb
from services.events.catalogue import read


def an_event(type: str = "prm.orders.v1.OrderConfirmed", body: bytes = b"") -> Envelope:
    return Envelope(
        id="evt_1",
        type=type,
        source="prm/local/orders",
        about="ord_1",
        version=1,
        subject="prm.local.orders.order.confirmed",
        time=datetime(2026, 11, 30, tzinfo=UTC),
        body=body,
    )


def test_every_event_of_the_catalogue_leaves_but_those_about_the_services_themselves() -> None:
    catalogue = {one.subject: one for one in read().events}
    kept = {one.split(".", 1)[1] for one in catalogue.keys() - deliverable().keys()}
    assert deliverable().keys() <= catalogue.keys()
    assert kept == {
        *("calls.recorded", "lane.stated", "purge_run.ended", "handover.stated", "person_freeze.stated"),
        *("subject_data.located", "subject_data.erased", "subject_measure.stated"),
        *("cross_check.asked", "cross_check.answered", "cross_check.recorded"),
        *("erasure.asked", "measure.asked", "purge_rehearsal.asked"),
        *(one.subject.split(".", 1)[1] for one in catalogue.values() if one.reach == "REACH_EDGE"),
    }


def test_no_event_that_leaves_has_personal_data() -> None:
    for type in deliverable().values():
        for field in message_type(type).DESCRIPTOR.fields:
            category = field.GetOptions().Extensions[options_pb2.category]
            assert category in ("", "system.operations", "user.content", "user.contact.organization"), (
                type,
                field.name,
            )


def test_a_message_has_the_names_of_the_protos() -> None:
    body = pb.OrderConfirmed(order_id="ord_1", partner_id="ptn_1").SerializeToString()
    assert event_as_json(an_event(body=body)) == {"order_id": "ord_1", "partner_id": "ptn_1"}


@pytest.mark.parametrize("event", [an_event(body=b"\xff"), an_event("prm.orders.v1.Nothing"), an_event("nothing")])
def test_what_cannot_be_read_says_so(event: Envelope) -> None:
    with pytest.raises(UnreadableEvent):
        event_as_json(event)
