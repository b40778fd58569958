"""What the files of AdventureWorks say of targets and of exchange rates.

The source gives no reseller a target. A quota of a salesperson is halved, because each half of the data set has half of
the resellers; the quotas of a territory are dealt out to its resellers in proportion to their annual sales, in whole
cents and without a rest. Sales managers have no territory: their quotas are in no plan.

A rate is what one unit of a currency was worth in dollars in the mean of a month. It is put for the last day of that
month, or for the last day of which the file has a rate.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from services.imports.computed import shares

YEAR = 2013
CURRENCY = "USD"
HALVES = 2
_CENT = Decimal("0.01")
_RATE = Decimal("1e-10")
_FIRST_RATE = "2012"  # a plan compares with the year before


class MonthRate(NamedTuple):
    """What one unit of a currency is worth in CURRENCY."""

    currency: str
    on: date
    rate: Decimal


def targets_of(data: Path) -> dict[str, dict[date, Decimal]]:
    """By reseller, what it is to order in dollars in each quarter of YEAR that has quotas."""
    resellers: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(data / "aw_resellers.csv"):
        resellers[row["SalesTerritoryKey"]].append(row)
    found: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for (territory, quarter), quota in _quotas(data).items():
        if those := resellers[territory]:
            parts = shares(quota, [Decimal(row["AnnualSales"]) for row in those], CURRENCY)
            for row, part in zip(those, parts, strict=True):
                found[row["ResellerKey"]][quarter] = part
    return found


def month_rates_of(data: Path) -> list[MonthRate]:
    """The rates of the currencies in which resellers ordered, by day, from the year before YEAR on."""
    ordered = {row["CurrencyCode"] for row in _rows(data / "aw_orders.csv")} - {CURRENCY}
    months: dict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)
    for row in _rows(data / "aw_currency_rates.csv"):
        currency, on = row["CurrencyCode"], row["Date"]
        if currency in ordered and on >= _FIRST_RATE:
            months[currency, on[:7]].append((date.fromisoformat(on), Decimal(row["AverageRateUSD"])))
    found = [
        MonthRate(currency, max(on for on, _ in days), _mean([rate for _, rate in days]))
        for (currency, _), days in months.items()
    ]
    return sorted(found, key=lambda one: (one.on, one.currency))


def _mean(rates: list[Decimal]) -> Decimal:
    return (sum(rates, Decimal()) / len(rates)).quantize(_RATE)


def _quotas(data: Path) -> dict[tuple[str, date], Decimal]:
    """The halved quotas by territory and first day of the quarter."""
    territories = {row["EmployeeKey"]: row["SalesTerritoryKey"] for row in _rows(data / "aw_salespeople.csv")}
    found: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for row in _rows(data / "aw_sales_quota.csv"):
        if row["CalendarYear"] == str(YEAR):
            quarter = date(YEAR, int(row["CalendarQuarter"]) * 3 - 2, 1)
            found[territories[row["EmployeeKey"]], quarter] += Decimal(row["SalesAmountQuota"])
    return {key: (quota / HALVES).quantize(_CENT) for key, quota in sorted(found.items())}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
