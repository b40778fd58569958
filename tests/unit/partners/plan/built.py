"""Targets, facts and rates, for the tests of plans."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from libs.exchange import Quote, RateTable, table_id
from libs.money import Money
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sums import Fact, Key, fact_of
from services.partners.plan.domain.plan import Plan
from services.partners.plan.domain.rates import Conversion, PlanRates
from services.partners.plan.domain.targets import PlanPeriod, PlanTarget
from tests.builders import NOW, an_id

PARTNER = an_id("ptn")
RATES = PlanRates(source="ecb")
REVENUE, ORDERS = FactMetric.REVENUE_ORDERED, FactMetric.ORDERS


def a_target(units: int | Decimal = 100, currency: str = "EUR", **fields: Any) -> PlanTarget:
    """Revenue of the first quarter of 2026."""
    content = {"period": PlanPeriod.QUARTER, "first_day": date(2026, 1, 1), "metric": REVENUE, **fields}
    return PlanTarget(**content, amount=Money.of(units, currency))


def a_fact(month: date, value: int, *, currency: str = "EUR", line: str = "", metric: FactMetric = REVENUE) -> Fact:
    """What a partner did in a month, in ten-thousandths or as a count."""
    key = Key(metric, month, line, currency, "DE")
    fact: Fact = fact_of(PARTNER, key)
    return Fact(id=fact.id, partner_id=PARTNER, **key._asdict(), own=Sum(value))


def tables(month: date, **rates: str) -> tuple[RateTable, ...]:
    """The rates of the source `ecb` on the first and the second day of a month, equal on both."""
    quotes = tuple(Quote(currency=code, rate=rate) for code, rate in sorted(rates.items()))
    days = (month, month + timedelta(days=1))
    return tuple(
        RateTable(id=table_id("ecb", "EUR", one), source="ecb", base_currency="EUR", date=one, quotes=quotes)
        for one in days
    )


def conversion(found: Sequence[RateTable] = (), *, rates: PlanRates = RATES) -> Conversion:
    """The rates of a plan that begins in 2026."""
    return Conversion(rates, found, first_day=date(2026, 1, 1))


def a_plan(**fields: Any) -> Plan:
    """A draft."""
    id_ = an_id("pln")
    content = {"id": id_, "root_id": id_, "partner_id": PARTNER, "title": "2026", "targets": (a_target(),), **fields}
    return Plan(**content, create_time=NOW, update_time=NOW)
