"""A fund is opened with what its basis needs, follows one other fund, and leaves nothing when it is closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import WrongState
from libs.money import Money
from services.partners.funds.domain.fund import (
    ACCRUED_FUNDS_PER_PARTNER,
    FundAccrues,
    FundBook,
    FundHasSuccessor,
    FundOverlaps,
    FundRate,
    TooManyFunds,
    accruing,
    close,
    followed,
    fund_violations,
    listed,
    rate_of,
    require_budget,
)
from services.partners.funds.domain.ledger import Posting
from services.partners.funds.domain.settlement import carried, own_settlement
from services.partners.funds.domain.states import FundBasis, FundEntryType, FundState
from tests.builders import NOW, an_id
from tests.unit.partners.funds.built import FIRST, LAST, PARTNER, a_fund, eur

RATES = (FundRate(tier="GOLD", basis_points=300), FundRate(basis_points=100))
ACCRUED = {"basis": FundBasis.ACCRUED, "rates": RATES}
BEFORE = a_fund(2, first_day=FIRST - timedelta(days=90), last_day=FIRST - timedelta(days=1))


@pytest.mark.parametrize(
    ("fields", "budget", "previous", "reasons"),
    [
        ({}, eur(1), None, []),
        (ACCRUED, None, BEFORE, []),
        ({}, None, None, ["REQUIRED"]),
        ({"rates": RATES}, eur(1), None, ["NOT_ALLOWED"]),
        ({"basis": FundBasis.ACCRUED}, eur(1), None, ["REQUIRED", "NOT_ALLOWED"]),
        ({**ACCRUED, "rates": (*RATES, RATES[0])}, None, None, ["DUPLICATE_TIER"]),
        ({"currency": "XXQ"}, eur(1), None, ["UNKNOWN_CURRENCY", "CURRENCY_MISMATCH"]),
        ({"last_day": FIRST - timedelta(days=1)}, eur("0.001"), None, ["DATES_OUT_OF_ORDER", "BAD_AMOUNT"]),
        ({}, eur(1), replace(BEFORE, partner_id=an_id("ptn", 2)), ["PARTNER_MISMATCH"]),
        ({}, eur(1), replace(BEFORE, currency="USD"), ["CURRENCY_MISMATCH"]),
        ({}, eur(1), replace(BEFORE, last_day=FIRST), ["DATES_OUT_OF_ORDER"]),
    ],
)
def test_every_fault_of_a_fund_is_named(
    fields: dict[str, Any], budget: Money | None, previous: Any, reasons: list[str]
) -> None:
    fund = a_fund(**fields)
    assert [one.reason for one in fund_violations(fund, budget, previous=previous)] == reasons


def test_of_two_accrued_funds_none_counts_a_day_of_the_other() -> None:
    book = listed(FundBook(id=PARTNER), a_fund(1))
    with pytest.raises(FundOverlaps) as refused:
        listed(book, a_fund(2, first_day=LAST, last_day=LAST))
    assert refused.value.metadata["id"] == an_id("fnd", 1)
    book = listed(book, a_fund(3, first_day=LAST + timedelta(days=1), last_day=LAST + timedelta(days=9)))
    book = listed(book, a_fund(4, currency="JPY"))
    assert accruing(book, "EUR", FIRST) == accruing(book, "EUR", LAST) == an_id("fnd", 1)
    assert accruing(book, "EUR", LAST + timedelta(days=1)) == an_id("fnd", 3)
    assert accruing(book, "EUR", LAST + timedelta(days=10)) == accruing(book, "USD", FIRST) == ""


def test_a_book_has_an_end() -> None:
    windows = listed(FundBook(id=PARTNER), a_fund()).windows * ACCRUED_FUNDS_PER_PARTNER
    with pytest.raises(TooManyFunds):
        listed(FundBook(id=PARTNER, windows=windows), a_fund(currency="JPY"))


def test_a_deficit_has_one_bearer() -> None:
    first = followed(BEFORE, a_fund(1), now=NOW)
    assert first.next_fund_id == an_id("fnd", 1)
    with pytest.raises(FundHasSuccessor) as refused:
        followed(first, a_fund(3), now=NOW)
    assert refused.value.metadata == {"id": an_id("fnd", 1)}


def test_a_budget_is_added_to_open_discretionary_funds_only() -> None:
    require_budget(a_fund())
    with pytest.raises(FundAccrues):
        require_budget(a_fund(basis=FundBasis.ACCRUED))
    with pytest.raises(WrongState):
        require_budget(a_fund(state=FundState.CLOSED))


def test_the_rate_is_that_of_the_tier_or_of_all_others() -> None:
    fund = a_fund(rates=RATES)
    assert [rate_of(fund, tier) for tier in ("GOLD", "SILVER", "")] == [300, 100, 100]
    assert rate_of(a_fund(rates=RATES[:1]), "SILVER") == 0


def test_a_fund_closes_when_its_last_day_for_claims_ends_where_the_partner_is() -> None:
    fund = a_fund(time_zone="Asia/Shanghai")
    assert close(fund, now=datetime(2026, 4, 30, 15, 59, 59, tzinfo=UTC)) is None
    closed = close(fund, now=datetime(2026, 4, 30, 16, 0, tzinfo=UTC))
    assert closed is not None
    assert (closed[0].state, closed[0].closes_at) == (FundState.CLOSED, None)
    assert close(closed[0], now=NOW + timedelta(days=999)) is None


@pytest.mark.parametrize(
    ("accrued", "reserved", "expired", "following", "unsettled", "booked"),
    [
        (100, 30, 0, "", True, 70),
        (100, 100, 0, "", False, 0),
        (80, 0, 100, "", True, -20),  # reversed after it expired: nobody has to pay for it
        (80, 90, 4, "", True, -4),
        (80, 90, 0, "", False, 0),  # a deficit waits for a fund that bears it
        (80, 90, 0, an_id("fnd", 2), True, 0),
    ],
)
def test_nothing_is_left_on_a_closed_fund(
    accrued: int, reserved: int, expired: int, following: str, *, unsettled: bool, booked: int
) -> None:
    amounts: dict[str, Any] = {"accrued": eur(accrued), "reserved": eur(reserved), "expired": eur(expired)}
    fund = a_fund(state=FundState.CLOSED, next_fund_id=following, **amounts)
    assert fund.unsettled is unsettled
    assert not replace(fund, state=FundState.OPEN).unsettled
    expected = (Posting(FundEntryType.EXPIRE, eur(booked), fund.id),) if booked else ()
    assert own_settlement(fund) == expected


def test_a_deficit_leaves_one_fund_and_enters_the_next() -> None:
    fund, following = a_fund(1, accrued=eur(80), reserved=eur(90)), a_fund(2)
    assert carried(fund, following) == (
        Posting(FundEntryType.ACCRUE, eur(10), following.id),
        Posting(FundEntryType.ACCRUE, eur(-10), fund.id),
    )
