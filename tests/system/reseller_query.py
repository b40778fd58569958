"""What the files say of each reseller of AdventureWorks in dollars, asked of another engine: SQLite, over the rows of
the CSV files. Nothing of the product is used."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from tests.data import DATA

_TABLES = {
    "aw_orders": ("ResellerKey", "OrderDate", "CurrencyCode", "SubTotal"),
    "aw_currency_rates": ("CurrencyCode", "Date", "AverageRateUSD"),
    "aw_sales_quota": ("EmployeeKey", "CalendarYear", "CalendarQuarter", "SalesAmountQuota"),
    "aw_salespeople": ("EmployeeKey", "SalesTerritoryKey"),
}
_NUMBERS = ("SubTotal", "AverageRateUSD", "SalesAmountQuota")
_ORDERED = """
WITH mean AS (SELECT substr(Date, 1, 7) AS month, CurrencyCode AS currency, avg(AverageRateUSD) AS rate
              FROM aw_currency_rates GROUP BY 1, 2)
SELECT ResellerKey, count(*), sum(SubTotal * CASE CurrencyCode WHEN 'USD' THEN 1 ELSE rate END)
FROM aw_orders LEFT JOIN mean ON currency = CurrencyCode AND month = substr(OrderDate, 1, 7)
WHERE OrderDate >= ? AND OrderDate < ? GROUP BY 1
"""
_PLANNED = """
SELECT sum(SalesAmountQuota) / 2 FROM aw_sales_quota JOIN aw_salespeople USING (EmployeeKey)
WHERE CalendarYear = '2013' AND CalendarQuarter = ? AND SalesTerritoryKey <> '11'
"""


class Ordered(NamedTuple):
    """What a reseller ordered."""

    orders: int
    dollars: float


def ordered(first: str, below: str) -> dict[str, Ordered]:
    """By reseller, what it ordered on days from `first` to the one before `below`, without tax and freight."""
    with closing(_base()) as base:
        return {key: Ordered(count, amount) for key, count, amount in base.execute(_ORDERED, (first, below))}


def planned(quarter: int) -> float:
    """Half of the quotas of the salespeople with a territory, in a quarter of 2013."""
    with closing(_base()) as base:
        [(amount,)] = base.execute(_PLANNED, (str(quarter),))
        return float(amount)


def _base() -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    for table, columns in _TABLES.items():
        types = ", ".join(f"{one} {'REAL' if one in _NUMBERS else 'TEXT'}" for one in columns)
        base.execute(f"CREATE TABLE {table} ({types})")
        marks = ", ".join(f":{one}" for one in columns)
        base.executemany(f"INSERT INTO {table} VALUES ({marks})", _rows(table))
    return base


def _rows(table: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
