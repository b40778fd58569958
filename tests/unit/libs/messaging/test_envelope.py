"""Events in headers and back."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.messaging.envelope import HEADERS, LANE_HEADER, Envelope
from tests.builders import NOW, an_id

PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
NAMES = st.lists(st.text("abc_xyz", min_size=1, max_size=10), max_size=3).map(tuple)

EVENT = Envelope(
    id="01",
    type="prm.deals.v1.RegistrationApproved",
    source="prm/local/deals",
    about=an_id("reg"),
    version=3,
    subject="prm.local.deals.registration.approved",
    time=NOW,
    body=b"\x00\xff",
)


@given(
    st.builds(
        Envelope,
        id=PRINTABLE,
        type=PRINTABLE,
        source=st.just("prm/local/deals"),
        about=PRINTABLE,
        version=st.integers(0, 2**63),
        subject=PRINTABLE.map(lambda text: f"prm.local.deals.{text}"),
        time=st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the strategy adds the zone
        actor=PRINTABLE,
        roles=NAMES,
        partner_id=PRINTABLE,
        on_behalf_of=PRINTABLE,
        method=PRINTABLE,
        changed=NAMES,
        request_id=PRINTABLE,
        traceparent=PRINTABLE,
        body=st.binary(max_size=100),
    )
)
def test_an_event_comes_back_as_it_was(event: Envelope) -> None:
    assert Envelope.read(event.subject, event.headers(), event.body) == event


def test_the_headers_are_those_of_cloudevents_and_nothing_empty_travels() -> None:
    assert EVENT.headers() == {
        "Nats-Msg-Id": "01",
        "ce-specversion": "1.0",
        "ce-id": "01",
        "ce-type": "prm.deals.v1.RegistrationApproved",
        "ce-source": "prm/local/deals",
        "ce-subject": an_id("reg"),
        "ce-time": "2026-03-02T09:00:00+00:00",
        "ce-dataschema": "prm.deals.v1.RegistrationApproved",
        "ce-prmversion": "3",
    }


def test_who_did_it_and_what_changed_travels_by_name() -> None:
    event = msgspec.structs.replace(
        EVENT,
        actor="keycloak:7",
        roles=("partner_admin", "partner_sales"),
        partner_id=an_id("ptn"),
        on_behalf_of="keycloak:8",
        changed=("review", "decision_note"),
    )
    found = event.headers()
    assert {name: value for name, value in found.items() if name not in EVENT.headers()} == {
        "ce-prmactor": "keycloak:7",
        "ce-prmroles": "partner_admin,partner_sales",
        "ce-prmpartner": an_id("ptn"),
        "ce-prmonbehalfof": "keycloak:8",
        "ce-prmchanged": "review,decision_note",
    }
    assert Envelope.read(event.subject, found, event.body) == event


@pytest.mark.parametrize("name", ["ce-id", "ce-type", "ce-source", "ce-subject", "ce-time", "ce-prmversion"])
def test_a_missing_header_is_named(name: str) -> None:
    headers = EVENT.headers()
    del headers[name]
    with pytest.raises(ValueError, match=name):
        Envelope.read(EVENT.subject, headers, b"")


@pytest.mark.parametrize(
    "wrong", [{"ce-prmversion": "three"}, {"ce-time": "yesterday"}, {"ce-time": "2026-03-02T09:00:00"}]
)
def test_a_header_that_makes_no_sense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Envelope.read(EVENT.subject, EVENT.headers() | wrong, b"")


@pytest.mark.parametrize("source", ["prm/local/partners", "prm/other/deals", "prm/local", "prm/local/deals/x", ""])
def test_a_source_that_is_not_the_service_of_the_subject_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="ce-source names another service"):
        Envelope.read(EVENT.subject, EVENT.headers() | {"ce-source": source}, b"")


def test_a_message_without_headers_is_no_event() -> None:
    with pytest.raises(ValueError, match="missing"):
        Envelope.read(EVENT.subject, None, b"")


def test_the_headers_that_are_described_are_those_that_an_event_has() -> None:
    names = {"actor", "partner_id", "on_behalf_of", "method", "request_id", "traceparent"}
    full = msgspec.structs.replace(EVENT, roles=("one",), changed=("one",), **dict.fromkeys(names, "one"))
    assert {*full.headers(), LANE_HEADER} == HEADERS.keys()
    assert EVENT.headers().keys() == {name for name, one in HEADERS.items() if one.always}
