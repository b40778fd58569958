"""The moves of a consent as a table, the decision that counts, and the fields of a receipt."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import WrongState
from libs.person import Person
from services.compliance.consent.domain.consent import Consent, deciding, same_decision, supersede, withdraw
from services.compliance.consent.domain.purpose import Purpose, new_notice
from services.compliance.consent.domain.receipt import Issuer, receipt
from services.compliance.consent.domain.states import ConsentState, DataSubject, LawfulBasis
from services.compliance.consent.reads import same_person
from services.compliance.requests.domain.states import RequestChannel

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GIVEN = Consent(
    id="cns_local_1",
    version=1,
    person=Person(person_id="psn_local_1", email="ada@example.org"),
    purpose_code="newsletter",
    notice_id="ntc_local_1",
    notice_version="2026-03",
    channel=RequestChannel.PORTAL,
    give_time=NOW,
    recorder="dev:anna",
    update_time=NOW,
)
MOVES: dict[str, tuple[Callable[[Consent], Any], ConsentState]] = {
    "withdraw": (lambda one: withdraw(one, now=NOW), ConsentState.WITHDRAWN),
    "supersede": (lambda one: supersede(one, "cns_local_2", now=NOW), ConsentState.REPLACED),
}


@pytest.mark.parametrize("state", ConsentState)
@pytest.mark.parametrize("name", MOVES)
def test_every_move_from_every_state(name: str, state: ConsentState) -> None:
    move, to = MOVES[name]
    before = replace(GIVEN, state=state)
    if state is not ConsentState.GIVEN:
        with pytest.raises(WrongState):
            move(before)
        return
    after, event = move(before)
    assert (after.state, after.end_time, event.consent_id) == (to, NOW, GIVEN.id)


def test_a_consent_holds_until_it_expires_or_ends() -> None:
    until = replace(GIVEN, expire_time=NOW + timedelta(days=1))
    assert until.holds(NOW + timedelta(hours=23))
    assert not until.holds(NOW + timedelta(days=1))
    assert GIVEN.holds(NOW + timedelta(days=9999))
    assert not withdraw(GIVEN, now=NOW)[0].holds(NOW)


@given(moves=st.lists(st.tuples(st.integers(1, 50), st.booleans()), max_size=8))
def test_the_latest_decision_under_an_alias_counts(moves: list[tuple[int, bool]]) -> None:
    """Each hour at most one decision: to consent or to withdraw."""
    decisions = dict(moves)
    consents = []
    for hour, gives in decisions.items():
        at = NOW + timedelta(hours=hour)
        one = replace(GIVEN, id=f"cns_local_{hour}", give_time=at, update_time=at)
        consents.append(one if gives else withdraw(replace(one, give_time=NOW), now=at)[0])
    found = deciding(consents)
    if not decisions:
        assert found is None
        return
    assert found is not None
    assert (found.state is ConsentState.GIVEN) is decisions[max(decisions)]


def test_the_same_decision_is_one_about_the_same_notice_way_and_end() -> None:
    assert same_decision(GIVEN, replace(GIVEN, id="other", give_time=NOW + timedelta(days=1)))
    for field, value in (
        ("notice_id", "ntc_local_2"),
        ("channel", RequestChannel.PHONE),
        ("expire_time", NOW + timedelta(days=1)),
    ):
        assert not same_decision(GIVEN, replace(GIVEN, **{field: value}))
    assert not same_decision(withdraw(GIVEN, now=NOW)[0], GIVEN)


ADA, SWITCHBOARD = "ada@example.org", "+4930901820"
PAIRS: list[tuple[Person, Person, bool]] = [
    (Person(email=ADA), Person(email="ADA@example.org "), True),
    (Person(email=ADA, phone=SWITCHBOARD), Person(email="b@example.org", phone=SWITCHBOARD), False),
    (Person(email=ADA, phone=SWITCHBOARD), Person(phone=SWITCHBOARD), False),
    (Person(phone=SWITCHBOARD), Person(phone="+49 30 901820"), True),
    (Person(person_id="psn_local_1", email=ADA), Person(person_id="psn_local_1"), True),
    (Person(person_id="psn_local_1"), Person(person_id="psn_local_2"), False),
    (Person(), Person(), False),
]


@pytest.mark.parametrize(("one", "other", "same"), PAIRS)
def test_persons_who_share_a_switchboard_are_two(one: Person, other: Person, same: bool) -> None:
    assert same_person(one, other) is same_person(other, one) is same


def test_a_receipt_has_the_fields_of_the_standard_and_no_address_of_the_person() -> None:
    purpose = Purpose(
        id="pur_local_1",
        code="newsletter",
        description="News about products",
        data_use="marketing.communications.email",
        lawful_basis=LawfulBasis.CONSENT,
        categories=("user.contact.email",),
        data_subjects=(DataSubject.PARTNER_CONTACT,),
        retention_days=730,
        create_time=NOW,
        update_time=NOW,
    )
    notice = new_notice("newsletter", "2026-03", "de", "Wir schreiben Ihnen.", id="ntc_local_1", now=NOW)
    issuer = Issuer(name="Nordlicht AG", address="Kiel", contact="privacy@example.org", cell="local")
    ended, _ = withdraw(GIVEN, now=NOW + timedelta(days=1))
    made = receipt(ended, purpose, notice, issuer)
    assert made == receipt(ended, purpose, notice, issuer)
    assert b"ada@" not in made
    fields = json.loads(made)
    assert fields["receipt_metadata"] == {
        "schema_version": "ISO/IEC TS 27560:2023",
        "receipt_id": "cns_local_1/1",
        "record_id": "cns_local_1",
        "pii_principal_id": "psn_local_1",
    }
    [found] = fields["pii_processing"]["purposes"]
    assert (found["lawful_basis"], found["retention_period"], found["pii_information"]) == (
        "CONSENT",
        "P730D",
        [{"pii_type": "user.contact.email"}],
    )
    assert fields["pii_processing"]["privacy_notice"]["sha256"] == notice.sha256
    assert [(one["event_type"], one["event_state"]) for one in fields["events"]] == [
        ("consent_given", "GIVEN"),
        ("consent_withdrawn", "WITHDRAWN"),
    ]
    assert fields["party_identification"][0]["party_name"] == "Nordlicht AG"
