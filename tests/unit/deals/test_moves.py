"""The state machine of a registration, as a table over every state and move, and what each move keeps."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import InvalidInput, WrongState
from libs.money import Money
from services.deals.domain import moves, protection
from services.deals.domain.registration import Activity, DealLost, Registration, RegistrationLine, with_lines
from services.deals.domain.states import ActivityType, ClosureCode, Review, Stage
from tests.builders import NOW
from tests.unit.deals.registrations import KEYS, a_registration

LATER = NOW + timedelta(days=1)
LONGER: Any = {"extension": timedelta(days=60), "since": NOW.date()}
WORK = (Activity(type=ActivityType.MEETING, date=NOW.date()),)

MOVES: dict[str, Callable[[Registration], tuple[Registration, object]]] = {
    "update": lambda reg: moves.update(reg, {"lines": reg.lines}, now=LATER),
    "submit": lambda reg: moves.submit(reg, keys=KEYS, conflicts=0, due=LATER, now=LATER),
    "recall": lambda reg: moves.recall(reg, now=LATER),
    "start_review": lambda reg: moves.start_review(reg, now=LATER),
    "request_changes": lambda reg: moves.request_changes(reg, ("lines",), note=None, now=LATER),
    "approve": lambda reg: moves.approve(reg, protection=timedelta(days=90), note=None, now=LATER),
    "reject": lambda reg: moves.reject(reg, ClosureCode.DUPLICATE, note=None, now=LATER),
    "withdraw": lambda reg: moves.withdraw(reg, now=LATER),
    "cancel": lambda reg: moves.cancel(reg, ClosureCode.INELIGIBLE, now=LATER),
    "expire": lambda reg: protection.expire(reg, now=LATER),
    "extend": lambda reg: protection.extend(reg, WORK, **LONGER, now=LATER),
    "advance": lambda reg: protection.advance(reg, Stage.QUALIFIED, (), now=LATER),
    "convert": lambda reg: protection.convert(reg, "EUR", now=LATER),
}

# Rows: where a claim stands. Columns: the moves it may make, and where each leads. Everything else is refused.
SAME = object()
TABLE: dict[Review, dict[str, object]] = {
    Review.DRAFT: {
        "update": SAME,
        "submit": Review.SUBMITTED,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.SUBMITTED: {
        "recall": Review.DRAFT,
        "start_review": Review.UNDER_REVIEW,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.UNDER_REVIEW: {
        "request_changes": Review.ACTION_REQUIRED,
        "approve": Review.APPROVED,
        "reject": Review.REJECTED,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.ACTION_REQUIRED: {
        "update": SAME,
        "submit": Review.SUBMITTED,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.APPROVED: {
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "expire": Review.EXPIRED,
        "extend": SAME,
        "advance": SAME,
        "convert": Review.CONVERTED,
    },
    Review.REJECTED: {},
    Review.WITHDRAWN: {},
    Review.EXPIRED: {},
    Review.CONVERTED: {},
    Review.CANCELED: {},
}


@pytest.mark.parametrize("review", Review)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_made_from_the_states_of_the_table_and_refused_from_all_others(review: Review, move: str) -> None:
    reg = a_registration(review)
    leads_to = TABLE[review].get(move)
    if leads_to is None:
        with pytest.raises(WrongState) as refused:
            MOVES[move](reg)
        assert refused.value.metadata["state"] == review.name
    else:
        changed, event = MOVES[move](reg)
        assert changed.review is (review if leads_to is SAME else leads_to)
        assert getattr(event, "registration_id", "") == reg.id


def test_the_first_submission_decides_who_was_first() -> None:
    asked = replace(a_registration(Review.ACTION_REQUIRED), submit_time=NOW)
    again, _ = moves.submit(asked, keys=KEYS, conflicts=0, due=LATER, now=LATER)
    assert again.submit_time == NOW


def test_only_requested_fields_may_be_edited_and_every_other_one_is_named() -> None:
    reg = a_registration(Review.ACTION_REQUIRED)
    with pytest.raises(InvalidInput) as refused:
        moves.update(reg, {"lines": reg.lines, "customer": reg.customer, "description": None}, now=LATER)
    assert [(v.field, v.reason) for v in refused.value.violations] == [
        ("customer", "NOT_REQUESTED"),
        ("description", "NOT_REQUESTED"),
    ]


def test_asking_the_partner_stops_the_clock_and_its_answer_lets_it_run_on() -> None:
    asked, _ = moves.request_changes(a_registration(Review.UNDER_REVIEW), ("lines",), note=None, now=NOW)
    answered, _ = moves.submit(asked, keys=KEYS, conflicts=0, due=LATER, now=LATER)
    assert [(pause.since, pause.until) for pause in asked.pauses] == [(NOW, None)]
    assert [(pause.since, pause.until) for pause in answered.pauses] == [(NOW, LATER)]


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


@pytest.mark.parametrize("move", ["extend", "advance", "convert"])
def test_protection_that_has_run_out_is_over_before_the_clock_has_said_so(move: str) -> None:
    reg = replace(a_registration(Review.APPROVED), protected_until=LATER)
    with pytest.raises(WrongState) as refused:
        MOVES[move](reg)
    assert refused.value.metadata["state"] == "EXPIRED"
    MOVES[move](replace(reg, protected_until=LATER + timedelta(microseconds=1)))


@pytest.mark.parametrize(
    ("review", "move"),
    [
        (Review.DRAFT, "submit"),
        (Review.ACTION_REQUIRED, "submit"),
        (Review.UNDER_REVIEW, "approve"),
        (Review.APPROVED, "extend"),
        (Review.APPROVED, "convert"),
    ],
)
def test_a_lost_deal_is_neither_claimed_nor_protected_nor_won(review: Review, move: str) -> None:
    with pytest.raises(DealLost) as refused:
        MOVES[move](replace(a_registration(review), stage=Stage.LOST))
    assert refused.value.metadata["stage"] == "LOST"


@pytest.mark.parametrize("review", Review)
def test_only_a_converted_claim_becomes_an_order_and_only_one(review: Review) -> None:
    linked = protection.link(a_registration(review), "first").order_id
    assert linked == ("first" if review is Review.CONVERTED else "")
    known = replace(a_registration(Review.CONVERTED), order_id="first")
    assert protection.link(known, "second") is known


def test_leaving_an_approved_state_ends_protection_at_once() -> None:
    withdrawn, _ = moves.withdraw(a_registration(Review.APPROVED), now=LATER)
    assert (withdrawn.protected_until, withdrawn.close_time) == (LATER, LATER)


def test_conversion_carries_the_lines_and_needs_a_currency() -> None:
    reg = a_registration(Review.APPROVED)
    with pytest.raises(protection.CurrencyUnknown):
        protection.convert(reg, "", now=LATER)
    priced = replace(reg, **with_lines((RegistrationLine(sku="A", quantity=3, expected_amount=Money.of(9, "CHF")),)))
    won, event = protection.convert(priced, "", now=LATER)
    assert won.stage is Stage.WON
    assert (event.currency, [(line.sku, line.quantity) for line in event.lines]) == ("CHF", [("A", 3)])


@given(st.lists(st.sampled_from(["EUR", "USD", "JPY"]), max_size=6))
def test_amounts_of_one_currency_are_summed_and_mixed_ones_refused(currencies: list[str]) -> None:
    lines = tuple(
        RegistrationLine(sku=f"S{n}", expected_amount=Money(n + 1, currency)) for n, currency in enumerate(currencies)
    )
    if len(set(currencies)) > 1:
        with pytest.raises(InvalidInput) as refused:
            with_lines(lines)
        wrong = [f"lines[{n}].expected_amount" for n, one in enumerate(currencies) if one != currencies[0]]
        assert [v.field for v in refused.value.violations] == wrong
    else:
        expected = Money(sum(range(len(lines) + 1)), currencies[0]) if currencies else None
        assert with_lines(lines)["expected_amount"] == expected


def test_the_newest_fifty_activities_are_kept_oldest_first() -> None:
    many = tuple(Activity(type=ActivityType.OTHER, date=date(2026, 1, 1) + timedelta(days=n)) for n in range(60))
    kept = protection.logged(a_registration(), many).activities
    assert kept == many[-50:]
