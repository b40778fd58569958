"""Funds and requests for tests; each is valid unless the test says otherwise."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from libs.money import Money
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.domain.states import FundActivityType, FundBasis
from tests.builders import NOW, an_id

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
PARTNER = an_id("ptn")


def eur(value: str | int) -> Money:
    """An amount in euros."""
    return Money.of(value, "EUR")


def a_fund(number: int = 1, *, currency: str = "EUR", **fields: Any) -> Fund:
    """An open, discretionary fund of a quarter, with thirty days for claims and nothing in it."""
    nothing = Money.zero(currency)
    given = {
        "id": an_id("fnd", number),
        "partner_id": PARTNER,
        "name": "Spring",
        "basis": FundBasis.DISCRETIONARY,
        "currency": currency,
        "first_day": FIRST,
        "last_day": LAST,
        "claim_days": 30,
        "time_zone": "Europe/Berlin",
        "accrued": nothing,
        "reserved": nothing,
        "spent": nothing,
        "expired": nothing,
        "create_time": NOW,
        "update_time": NOW,
        **fields,
    }
    fund = Fund(**given)
    return replace(fund, closes_at=fields.get("closes_at", fund.end_of(fund.claims_until)))


def a_request(number: int = 1, *, amount: Money | None = None, **fields: Any) -> FundingRequest:
    """A draft of a request for a hundred euros on the first fund."""
    asked = amount or eur(100)
    nothing = Money.zero(asked.currency)
    given = {
        "id": an_id("frq", number),
        "fund_id": an_id("fnd"),
        "partner_id": PARTNER,
        "activity_type": FundActivityType.TRADE_FAIR,
        "title": "Fair",
        "first_day": FIRST,
        "last_day": LAST,
        "amount": asked,
        "reserved": nothing,
        "spent": nothing,
        "claimed": nothing,
        "returned": nothing,
        "expires_at": a_fund().end_of(LAST),
        "create_time": NOW,
        "update_time": NOW,
        **fields,
    }
    return FundingRequest(**given)
