"""A request moves by its table, reserves and releases exactly what is asked for and approved, and ends on time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, WrongState
from libs.money import Money
from libs.person import PersonalText
from services.partners.funds.domain import request as domain
from services.partners.funds.domain.ledger import Posting
from services.partners.funds.domain.request import ClaimsOpen, FundingRequest, FundNotInPeriod, Moved
from services.partners.funds.domain.states import FundEntryType, FundState
from services.partners.funds.domain.states import FundingRequestState as State
from services.partners.funds.domain.states import RequestMove as Move
from tests.builders import NOW
from tests.unit.partners.funds.built import FIRST, LAST, a_fund, a_request, eur

WHY = PersonalText(text="No budget for fairs.")
AFTER = datetime(2027, 1, 1, tzinfo=UTC)
TABLE = {
    (State.DRAFT, Move.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Move.CANCEL): State.CANCELED,
    (State.DRAFT, Move.EXPIRE): State.EXPIRED,
    (State.SUBMITTED, Move.APPROVE): State.APPROVED,
    (State.SUBMITTED, Move.REJECT): State.REJECTED,
    (State.SUBMITTED, Move.CANCEL): State.CANCELED,
    (State.SUBMITTED, Move.EXPIRE): State.EXPIRED,
    (State.APPROVED, Move.CANCEL): State.CANCELED,
    (State.APPROVED, Move.EXPIRE): State.EXPIRED,
}
ACTS: dict[Move, Callable[[FundingRequest], Moved | None]] = {
    Move.SUBMIT: lambda one: domain.submit(one, a_fund(accrued=eur(500)), now=NOW),
    Move.APPROVE: lambda one: domain.approve(one, a_fund(), amount=None, now=NOW),
    Move.REJECT: lambda one: domain.reject(one, WHY, now=NOW),
    Move.CANCEL: lambda one: domain.cancel(one, now=NOW),
    Move.EXPIRE: lambda one: domain.expire(one, now=AFTER),
}


def reserving(state: State) -> FundingRequest:
    """A request in this state, with what it reserves there."""
    holds = state in (State.SUBMITTED, State.APPROVED)
    return a_request(state=state, reserved=eur(100) if holds else eur(0))


@pytest.mark.parametrize(("state", "move"), [*product(State, Move)])
def test_every_state_takes_the_moves_of_the_table_and_no_other(state: State, move: Move) -> None:
    request = reserving(state)
    if (state, move) not in TABLE:
        with pytest.raises(WrongState):
            ACTS[move](request)
        return
    moved = ACTS[move](request)
    assert moved is not None
    assert moved.request.state is TABLE[state, move]
    holds = moved.request.state in (State.SUBMITTED, State.APPROVED)
    assert moved.request.reserved == (eur(100) if holds else eur(0))
    booked = sum(
        posting.amount.amount * {FundEntryType.RESERVE: 1, FundEntryType.RELEASE: -1}[posting.type]
        for posting in moved.postings
    )
    assert booked == (moved.request.reserved - request.reserved).amount


def test_less_may_be_approved_and_the_rest_is_released() -> None:
    request = reserving(State.SUBMITTED)
    after, postings = domain.approve(request, a_fund(), amount=eur("60.50"), now=NOW)
    assert (after.approved_amount, after.reserved) == (eur("60.50"), eur("60.50"))
    assert postings == (Posting(FundEntryType.RELEASE, eur("39.50"), request.id),)
    assert after.claims_until == LAST + timedelta(days=30)


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (eur("100.01"), "MORE_THAN_ASKED"),
        (eur("1.001"), "BAD_AMOUNT"),
        (Money.of(1, "USD"), "CURRENCY_MISMATCH"),
    ],
)
def test_what_cannot_be_approved_is_named(amount: Money, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        domain.approve(reserving(State.SUBMITTED), a_fund(), amount=amount, now=NOW)
    assert [one.reason for one in refused.value.violations] == [reason]


def test_nobody_rejects_without_a_reason() -> None:
    with pytest.raises(InvalidInput) as refused:
        domain.reject(reserving(State.SUBMITTED), PersonalText(text=" "), now=NOW)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("reason.text", "REQUIRED")]


@pytest.mark.parametrize(
    ("now", "within"),
    [
        (datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), True),  # midnight in Berlin, winter
        (datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), False),  # midnight in Berlin, summer
    ],
)
def test_requests_are_submitted_within_the_days_of_the_partner(now: datetime, within: bool) -> None:
    if within:
        domain.submit(a_request(), a_fund(), now=now)
        return
    with pytest.raises(FundNotInPeriod) as refused:
        domain.submit(a_request(), a_fund(), now=now)
    assert refused.value.metadata["first_day"] == str(FIRST)
    assert refused.value.metadata["last_day"] == str(LAST)


def test_a_closed_fund_takes_no_request() -> None:
    with pytest.raises(WrongState):
        domain.submit(a_request(), a_fund(state=FundState.CLOSED), now=NOW)


def test_a_request_ends_when_its_last_day_ends_where_the_partner_is() -> None:
    request = reserving(State.SUBMITTED)
    assert domain.expire(request, now=datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)) is None
    ended = domain.expire(request, now=datetime(2026, 3, 31, 22, 0, tzinfo=UTC))
    assert ended is not None
    assert ended.request.state is State.EXPIRED


def test_what_the_vendor_has_claims_for_stays_reserved_after_the_time_for_claims() -> None:
    request = replace(reserving(State.APPROVED), claimed=eur(70), returned=eur(30))
    ended = domain.expire(request, now=AFTER)
    assert ended is not None
    assert (ended.request.state, ended.request.reserved, ended.request.finished) == (State.APPROVED, eur(40), True)
    assert ended.postings == (Posting(FundEntryType.RELEASE, eur(60), request.id),)
    assert domain.expire(ended.request, now=AFTER) is None


def test_a_request_with_open_claims_is_not_withdrawn_and_the_refusal_has_the_figures() -> None:
    with pytest.raises(ClaimsOpen) as refused:
        domain.cancel(replace(reserving(State.APPROVED), claimed=eur(70), spent=eur(5)), now=NOW)
    assert (refused.value.metadata["claimed"], refused.value.metadata["spent"]) == ("70.0000", "5.0000")


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"last_day": FIRST, "first_day": LAST}, ["DATES_OUT_OF_ORDER"]),
        ({"first_day": FIRST - timedelta(days=1)}, ["OUTSIDE_PERIOD"]),
        ({"last_day": LAST + timedelta(days=1), "amount": eur("0.001")}, ["BAD_AMOUNT", "OUTSIDE_PERIOD"]),
        ({"amount": Money.of(1, "JPY")}, ["CURRENCY_MISMATCH"]),
    ],
)
def test_every_fault_of_a_draft_is_named_at_once(fields: dict[str, object], reasons: list[str]) -> None:
    given = {"first_day": FIRST, "last_day": LAST, "amount": eur(1), **fields}
    assert [one.reason for one in domain.request_violations(a_fund(), **given)] == reasons  # type: ignore[arg-type]  # mixed
