"""Quotas of salespeople as targets of plans: what is reached equals a query of the files by another engine.

The orders of the files are those of half of the resellers, so half of each quota is the target.
"""

import csv
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest

from libs.exchange import Quote, RateTable, table_id
from libs.money import Money
from services.partners.facts.domain.metrics import Sum
from services.partners.facts.domain.sums import Fact, Key
from services.partners.plan.domain.attainment import PlanAttainmentState, attained
from services.partners.plan.domain.rates import Conversion, PlanRates
from services.partners.plan.domain.targets import PlanTarget
from tests.data import DATA, needs_data
from tests.unit.partners.plan.built import PARTNER, REVENUE, a_target

pytestmark = [pytest.mark.thorough, needs_data, pytest.mark.xdist_group("real-data")]

AS_OF = date(2015, 1, 1)
_QUERY = """
SELECT EmployeeKey, CAST(strftime('%Y', OrderDate) AS INT), (CAST(strftime('%m', OrderDate) AS INT) + 2) / 3,
       CurrencyCode, substr(OrderDate, 1, 7), SUM(CAST(ROUND(SubTotal * 10000) AS INT))
FROM orders GROUP BY 1, 2, 3, 4, 5
"""


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _facts() -> dict[str, list[Fact]]:
    """What each salesperson sold, by month and currency."""
    sums: dict[tuple[str, Key], int] = defaultdict(int)
    for row in _rows("aw_orders.csv"):
        month = date.fromisoformat(row["OrderDate"]).replace(day=1)
        key = Key(REVENUE, month, "", row["CurrencyCode"], "")
        sums[row["EmployeeKey"], key] += Money.of(row["SubTotal"], row["CurrencyCode"]).amount
    found: dict[str, list[Fact]] = defaultdict(list)
    for (person, key), value in sums.items():
        found[person].append(Fact(id=key.id_of(person), partner_id=PARTNER, **key._asdict(), own=Sum(value)))
    return found


def _conversion() -> Conversion:
    tables = [
        RateTable(
            id=table_id("aw", row["CurrencyCode"], date.fromisoformat(row["Date"])),
            source="aw",
            base_currency=row["CurrencyCode"],
            date=date.fromisoformat(row["Date"]),
            quotes=(Quote(currency="USD", rate=row["AverageRateUSD"]),),
        )
        for row in _rows("aw_currency_rates.csv")
        if row["CurrencyCode"] in ("AUD", "CAD", "EUR", "GBP")
    ]
    return Conversion(PlanRates(source="aw"), tables, first_day=date(2010, 10, 1))


def _queried() -> dict[tuple[str, int, int], Fraction]:
    """Dollars by salesperson, year and quarter, at the mean rate of each month."""
    rates: dict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for row in _rows("aw_currency_rates.csv"):
        rates[row["CurrencyCode"], row["Date"][:7]].append(Fraction(row["AverageRateUSD"]))
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE orders (EmployeeKey TEXT, OrderDate TEXT, CurrencyCode TEXT, SubTotal REAL)")
        base.executemany(
            "INSERT INTO orders VALUES (:EmployeeKey, :OrderDate, :CurrencyCode, :SubTotal)", _rows("aw_orders.csv")
        )
        rows = base.execute(_QUERY).fetchall()
    base.close()
    found: dict[tuple[str, int, int], Fraction] = defaultdict(Fraction)
    for person, year, quarter, currency, month, amount in rows:
        of_month = rates[currency, month]
        rate = Fraction(1) if currency == "USD" else sum(of_month, Fraction()) / len(of_month)
        found[person, year, quarter] += Fraction(amount, 10_000) * rate
    return found


def test_what_is_reached_of_each_quota_equals_an_independent_query() -> None:
    facts, rates, queried = _facts(), _conversion(), _queried()
    measured = 0
    for row in _rows("aw_sales_quota.csv"):
        year, quarter = int(row["CalendarYear"]), int(row["CalendarQuarter"])
        half = Decimal(row["SalesAmountQuota"]) / 2
        target: PlanTarget = a_target(half, "USD", first_day=date(year, quarter * 3 - 2, 1))
        found = attained(target, PARTNER, facts[row["EmployeeKey"]], as_of=AS_OF, conversion=rates)
        assert found.state is PlanAttainmentState.MEASURED
        assert found.figure
        assert found.figure.amount
        reached = queried[row["EmployeeKey"], year, quarter]
        # The mean of a month is rounded to 16 digits, so the last of four decimals may differ.
        assert abs(Fraction(found.figure.amount.decimal) - reached) <= Fraction(1, 10_000), row
        percent = Decimal(round(reached / Fraction(half) * 10_000)).scaleb(-2)
        assert abs(Decimal(found.attained_percent) - percent.quantize(Decimal("0.01"), ROUND_HALF_EVEN)) <= Decimal(
            "0.01"
        )
        measured += reached > 0
    assert measured > 100
