"""Extension, progress, and what the end of a claim does to its protection."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import InvalidInput
from services.deals.claims.domain.registration import Activity
from services.deals.claims.domain.states import ActivityType, Review, Stage
from services.deals.protection import domain as protection
from tests.builders import NOW
from tests.unit.deals.registrations import a_registration

LATER = NOW + timedelta(days=1)
END = NOW + timedelta(days=90)  # of the protection of an approved claim
INSTANT = timedelta(microseconds=1)
LONGER: Any = {"extension": timedelta(days=60), "since": NOW.date()}
WORK = (Activity(type=ActivityType.MEETING, date=NOW.date()),)


def test_protection_is_extended_once_from_its_present_end() -> None:
    reg = a_registration(Review.APPROVED)
    extended, _ = protection.extend(reg, WORK, **LONGER, now=LATER)
    assert extended.protected_until == NOW + timedelta(days=150)
    with pytest.raises(protection.AlreadyExtended):
        protection.extend(extended, WORK, **LONGER, now=LATER)


def test_work_from_before_the_approval_proves_nothing() -> None:
    old = (Activity(type=ActivityType.MEETING, date=NOW.date() - timedelta(days=1)),)
    with pytest.raises(protection.ActivityTooOld):
        protection.extend(a_registration(Review.APPROVED), old, **LONGER, now=LATER)


def test_work_that_has_not_happened_is_refused() -> None:
    dream = (Activity(type=ActivityType.MEETING, date=date(2027, 1, 1)),)
    with pytest.raises(InvalidInput) as refused:
        protection.advance(a_registration(), Stage.QUALIFIED, dream, now=LATER)
    assert [v.field for v in refused.value.violations] == ["activities[0].date"]


@given(here=st.sampled_from(Stage), wanted=st.sampled_from(Stage))
def test_the_sales_stage_only_moves_forward_and_never_from_its_end(here: Stage, wanted: Stage) -> None:
    order = list(Stage)
    reg = replace(a_registration(), stage=here)
    ahead = here not in (Stage.WON, Stage.LOST) and order.index(wanted) > order.index(here)
    if ahead:
        assert protection.advance(reg, wanted, (), now=LATER)[0].stage is wanted
    else:
        with pytest.raises(protection.StageNotAhead):
            protection.advance(reg, wanted, (), now=LATER)


def test_leaving_an_approved_state_ends_protection_at_once() -> None:
    withdrawn, _ = protection.withdraw(a_registration(Review.APPROVED), now=LATER)
    assert (withdrawn.protected_until, withdrawn.close_time) == (LATER, LATER)


def test_the_newest_fifty_activities_are_kept_oldest_first() -> None:
    many = tuple(Activity(type=ActivityType.OTHER, date=date(2026, 1, 1) + timedelta(days=n)) for n in range(60))
    kept = protection.logged(a_registration(), many).activities
    assert kept == many[-50:]


@pytest.mark.parametrize(("early", "due"), [(INSTANT, False), (timedelta(0), True), (-INSTANT, True)])
def test_protection_expires_at_its_end_and_not_before(early: timedelta, due: bool) -> None:
    assert (protection.expire(a_registration(Review.APPROVED), now=END - early) is not None) == due


@pytest.mark.parametrize(
    ("early", "warned", "due"),
    [
        (timedelta(days=14) + INSTANT, False, False),
        (timedelta(days=14), False, True),
        (INSTANT, False, True),
        (timedelta(0), False, False),
        (timedelta(days=14), True, False),
    ],
)
def test_a_partner_is_warned_of_an_end_that_is_near_and_has_not_come_and_once(
    early: timedelta, warned: bool, due: bool
) -> None:
    reg = replace(a_registration(Review.APPROVED), expiry_warned=warned)
    made = protection.warn_of_expiry(reg, warning=timedelta(days=14), now=END - early)
    assert (made is not None) == due
