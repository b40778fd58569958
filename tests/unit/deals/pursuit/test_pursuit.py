"""Memberships by the table of their states, snapshots field by field, steps with their history."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError, InvalidInput
from libs.money import Money
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import ActivityType
from services.deals.pursuit.domain import members as domain
from services.deals.pursuit.domain.members import (
    PursuitMembership,
    PursuitRole,
    PursuitState,
    PursuitStep,
    PursuitStepState,
)
from services.deals.pursuit.domain.snapshots import SharedField, guarded, refuse_personal, taken
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

INVITED, IN, OUT, OVER, ENDED = PursuitState
TODAY = NOW.date()
OF_CUSTOMER = {one for one in SharedField if one.name.startswith("CUSTOMER")}
MOVES = {
    (INVITED, "accepted"): IN,
    (INVITED, "declined"): OUT,
    (INVITED, "ended"): ENDED,
    (IN, "ended"): ENDED,
}


def a_member(state: PursuitState = INVITED, **fields: object) -> PursuitMembership:
    member = PursuitMembership(
        id=an_id("jpm"),
        partner_id=an_id("ptn", 2),
        registration_id=an_id("reg"),
        role=PursuitRole.ADVISER,
        shared_fields=tuple(SharedField),
        expire_time=NOW + timedelta(days=7),
        create_time=NOW,
        update_time=NOW,
    )
    return replace(member, state=state, open=True if state in domain.OPEN else None, **fields)


def a_claim(*, person: bool = False) -> Registration:
    customer = Customer(legal_name="Acme GmbH", domain="acme.de", country="DE", subdivision="BY", natural_person=person)
    amount = Money(5, "EUR")
    return replace(a_registration(), customer=customer, expected_amount=amount, expected_close_date=TODAY)


@pytest.mark.parametrize("state", PursuitState)
@pytest.mark.parametrize("move", ["accepted", "declined", "ended"])
def test_a_membership_moves_as_the_table_says_and_is_open_while_it_may_end(state: PursuitState, move: str) -> None:
    member = a_member(state)
    if after := MOVES.get((state, move)):
        found = getattr(domain, move)(member, now=NOW)
        assert (found.state, found.open) == (after, True if after in domain.OPEN else None)
    else:
        with pytest.raises(AppError) as refused:
            getattr(domain, move)(member, now=NOW)
        assert refused.value.reason == "WRONG_STATE"


def test_an_invitation_is_over_at_its_instant_for_every_answer_and_for_the_job() -> None:
    member = a_member()
    before, over = member.expire_time - timedelta(microseconds=1), member.expire_time
    assert domain.expired(member, now=before) is None
    assert domain.accepted(member, now=before).state is IN
    for answer in (domain.accepted, domain.declined, domain.ended):
        with pytest.raises(AppError):
            answer(member, now=over)
    assert domain.shown(member, "", over).state is OVER
    ended = domain.expired(member, now=over)
    assert ended is not None
    assert (ended.state, ended.open) == (OVER, None)
    assert domain.expired(a_member(IN), now=over) is None


@given(st.lists(st.sampled_from(SharedField), min_size=1, unique=True), st.lists(st.booleans(), min_size=1))
def test_a_snapshot_has_what_is_shared_and_nothing_that_ever_was_personal(
    fields: list[SharedField], persons: list[bool]
) -> None:
    """By hand: each field of the claim, and what is empty. persons: whether the customer is one, time after time."""
    reg = a_claim(person=persons[0])
    snapshot = taken(reg, tuple(fields), id=an_id("jpm"), partner=an_id("ptn", 2), now=NOW)
    for person in persons[1:]:
        snapshot = guarded(snapshot, a_claim(person=person))
    hidden = OF_CUSTOMER if any(persons) else set()
    values = {
        SharedField.CUSTOMER_NAME: "Acme GmbH",
        SharedField.CUSTOMER_DOMAIN: "acme.de",
        SharedField.CUSTOMER_COUNTRY: "DE",
        SharedField.CUSTOMER_SUBDIVISION: "BY",
        SharedField.PRODUCT_LINES: reg.named_product_lines,
        SharedField.EXPECTED_AMOUNT: Money(5, "EUR"),
        SharedField.EXPECTED_CLOSE_DATE: TODAY,
        SharedField.STAGE: reg.stage,
    }
    for field, value in values.items():
        found = getattr(snapshot, field.name.lower())
        assert found == value if field in fields and field not in hidden else not found
    assert snapshot.withheld_fields == tuple(one for one in fields if one in hidden)


def test_a_personal_field_is_refused_by_its_place_and_a_claim_that_is_gone_leaves_nothing_of_its_customer() -> None:
    fields = (SharedField.STAGE, SharedField.CUSTOMER_NAME, SharedField.CUSTOMER_COUNTRY)
    with pytest.raises(InvalidInput) as refused:
        refuse_personal(a_claim(person=True), fields)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("shared_fields[1]", "FIELD_PERSONAL"),
        ("shared_fields[2]", "FIELD_PERSONAL"),
    ]
    refuse_personal(a_claim(), fields)
    snapshot = guarded(taken(a_claim(), fields, id=an_id("jpm"), partner=an_id("ptn"), now=NOW), None)
    assert (snapshot.customer_name, snapshot.customer_country, snapshot.stage) == ("", "", a_claim().stage)


def test_a_claim_has_twenty_members_and_a_partner_one_membership() -> None:
    known = [a_member(partner_id=an_id("ptn", 10 + one)) for one in range(domain.MEMBERS)]
    domain.refuse_further(known[1:], an_id("ptn", 2), an_id("reg"), now=NOW)
    for some, partner, reason in (
        (known, an_id("ptn", 2), "TOO_MANY_MEMBERS"),
        (known, known[3].partner_id, "ALREADY_MEMBER"),
    ):
        with pytest.raises(AppError) as refused:
            domain.refuse_further(some, partner, an_id("reg"), now=NOW)
        assert refused.value.reason == reason
    domain.refuse_further(known, known[3].partner_id, an_id("reg"), now=known[0].expire_time)


def a_step() -> PursuitStep:
    due = TODAY + timedelta(days=3)
    return domain.planned(a_member(IN), ActivityType.TENDER, due, id=an_id("jps"), now=NOW)


def test_a_step_keeps_every_state_it_had_until_it_is_done() -> None:
    later, hour = TODAY + timedelta(days=9), NOW + timedelta(hours=1)
    step = a_step()
    moved = domain.changed(step, PursuitStepState.PLANNED, later, now=hour)
    assert domain.changed(moved, PursuitStepState.PLANNED, None, now=hour) is moved
    done = domain.changed(moved, PursuitStepState.DONE, None, now=hour)
    assert [(one.state, one.due_date) for one in done.changes] == [
        (PursuitStepState.PLANNED, step.due_date),
        (PursuitStepState.PLANNED, later),
        (PursuitStepState.DONE, later),
    ]
    with pytest.raises(AppError) as refused:
        domain.changed(done, PursuitStepState.DROPPED, None, now=hour)
    assert refused.value.reason == "WRONG_STATE"
    full = replace(step, changes=step.changes * domain.STEP_CHANGES)
    with pytest.raises(AppError) as refused:
        domain.changed(full, PursuitStepState.DONE, None, now=hour)
    assert refused.value.reason == "TOO_MANY_PURSUIT_ENTRIES"


@pytest.mark.parametrize("state", PursuitState)
def test_only_who_takes_part_plans_and_records_and_no_more_than_the_limits(state: PursuitState) -> None:
    member = a_member(state)
    if state is IN:
        assert domain.with_step(member, now=NOW).step_count == 1
        assert domain.with_activity(member, TODAY, now=NOW).activity_count == 1
        member = replace(member, step_count=domain.STEPS, activity_count=domain.ACTIVITIES)
    reason = "TOO_MANY_PURSUIT_ENTRIES" if state is IN else "WRONG_STATE"
    with pytest.raises(AppError) as refused:
        domain.with_step(member, now=NOW)
    assert refused.value.reason == reason
    with pytest.raises(AppError) as refused:
        domain.with_activity(member, TODAY, now=NOW)
    assert refused.value.reason == reason


def test_a_step_is_for_a_day_that_has_not_passed_anywhere_and_an_activity_of_one_that_has_begun_somewhere() -> None:
    past, future = date(2020, 1, 1), TODAY + timedelta(days=2)
    with pytest.raises(InvalidInput):
        domain.planned(a_member(IN), ActivityType.TENDER, past, id=an_id("jps"), now=NOW)
    with pytest.raises(InvalidInput):
        domain.changed(a_step(), PursuitStepState.PLANNED, past, now=NOW)
    with pytest.raises(InvalidInput):
        domain.with_activity(a_member(IN), future, now=NOW)
