"""A plan without faults, for the tests that change something of it."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from libs.money import Money
from services.orders.incentives.domain.plan import (
    Band,
    Beneficiaries,
    BeneficiaryKind,
    ClawbackPeriod,
    PayoutCalendar,
    Plan,
    PlanBasis,
    RateKind,
    RateRule,
)
from tests.builders import NOW


def eur(amount: int) -> Money:
    """Whole euros."""
    return Money.of(amount, "EUR")


def band(first: int, end: int | None, points: int = 500) -> Band:
    """A band of whole euros."""
    return Band(from_amount=eur(first), below_amount=None if end is None else eur(end), basis_points=points)


def a_plan(code: str = "VOLUME", **fields: Any) -> Plan:
    """A plan without faults, a draft unless told otherwise."""
    plan = Plan(
        id=f"pln_{code}",
        code=code,
        number=1,
        beneficiaries=Beneficiaries(kind=BeneficiaryKind.PARTNER),
        basis=PlanBasis.INVOICED,
        rules=(RateRule(code="ALL", kind=RateKind.MARGINAL, bands=(band(0, 100), band(100, None, 700))),),
        currency="EUR",
        rate_source="ecb",
        calendar=PayoutCalendar.QUARTER,
        clawback=ClawbackPeriod.SALE,
        effective_day=date(2026, 4, 1),
        create_time=NOW,
        update_time=NOW,
    )
    return replace(plan, **fields)
