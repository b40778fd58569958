"""The orders of the real data set: what each class makes equals a query of the files by another engine."""

import csv
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec.structs import replace

from libs.exchange import Quote, RateTable, table_id
from libs.money import Money
from libs.rates_projection import RATE_TABLES
from libs.store.port import WRITES_PER_COMMIT, Write, create
from services.partners.facts.documents import FACTS
from services.partners.facts.domain.metrics import Sum
from services.partners.facts.domain.sums import Key, fact_of
from services.partners.program.domain.program import RateBasis
from services.partners.segmentation.documents import SEGMENTATION_MODELS, SEGMENTATIONS
from services.partners.segmentation.domain.run import opened
from services.partners.segmentation.domain.summary import summary
from tests.builders import NOW
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard.acts import in_business
from tests.component.partners.segmentation.acts import found, rows_of, turn
from tests.data import DATA, needs_data
from tests.unit.partners.segmentation.built import a_model

pytestmark = [pytest.mark.thorough, needs_data, pytest.mark.xdist_group("real-data")]

QUARTER = date(2013, 10, 1)
FIRST = date(2013, 1, 1)
_QUERY = """
WITH mean AS (SELECT substr(Date, 1, 7) AS month, CurrencyCode AS currency, avg(AverageRateUSD) AS rate
              FROM rates GROUP BY 1, 2),
     revenue AS (SELECT partner, sum(SubTotal * CASE CurrencyCode WHEN 'USD' THEN 1 ELSE rate END) AS amount
                 FROM orders LEFT JOIN mean ON currency = CurrencyCode AND month = substr(OrderDate, 1, 7)
                 WHERE OrderDate >= :first GROUP BY 1),
     placed AS (SELECT partner, amount, sum(amount) OVER () AS total,
                       sum(amount) OVER (ORDER BY amount DESC, partner ROWS UNBOUNDED PRECEDING) - amount AS above
                FROM revenue),
     classed AS (SELECT amount, total, CASE WHEN above < total * 0.8 THEN 'A' WHEN above < total * 0.95 THEN 'B'
                                            ELSE 'C' END AS class FROM placed)
SELECT class, count(*), 10000.0 * count(*) / (SELECT count(*) FROM placed), 10000.0 * sum(amount) / max(total)
FROM classed GROUP BY 1 ORDER BY 1
"""


def _read(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _queried(partners: dict[str, str], first: date) -> list[tuple[str, int, int, int]]:
    """By class: partners, their share and that of their revenue in basis points, from the files alone."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE orders (partner TEXT, CurrencyCode TEXT, OrderDate TEXT, SubTotal REAL)")
    base.execute("CREATE TABLE rates (Date TEXT, CurrencyCode TEXT, AverageRateUSD REAL)")
    orders = [(partners[o["ResellerKey"]], o["CurrencyCode"], o["OrderDate"], o["SubTotal"]) for o in _orders()]
    base.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", orders)
    rates = [(r["Date"], r["CurrencyCode"], r["AverageRateUSD"]) for r in _read("aw_currency_rates.csv")]
    base.executemany("INSERT INTO rates VALUES (?, ?, ?)", rates)
    told = base.execute(_QUERY, {"first": first.isoformat()}).fetchall()
    base.close()
    return [(code, count, round(of), round(share)) for code, count, of, share in told]


def _orders() -> Iterator[dict[str, str]]:
    return _read("aw_orders.csv")


async def _loaded(harness: Harness) -> dict[str, str]:
    """The resellers with orders as partners, their revenue by month, and the rates; partner id by reseller."""
    keys = sorted({row["ResellerKey"] for row in _orders()})
    partners = dict(zip(keys, await in_business(harness, len(keys), country="US"), strict=True))
    sums: dict[tuple[str, Key], int] = defaultdict(int)
    for row in _orders():
        month = date.fromisoformat(row["OrderDate"]).replace(day=1)
        key = Key(a_model().metric, month, "", row["CurrencyCode"], "")
        sums[partners[row["ResellerKey"]].id, key] += Money.of(row["SubTotal"], row["CurrencyCode"]).amount
    facts = [replace(fact_of(partner, key), own=Sum(value)) for (partner, key), value in sums.items()]
    currencies = {row["CurrencyCode"] for row in _orders()}
    tables = [
        RateTable(
            id=table_id("aw", row["CurrencyCode"], date.fromisoformat(row["Date"])),
            source="aw",
            base_currency=row["CurrencyCode"],
            date=date.fromisoformat(row["Date"]),
            quotes=(Quote(currency="USD", rate=row["AverageRateUSD"]),),
        )
        for row in _read("aw_currency_rates.csv")
        if row["CurrencyCode"] in currencies - {"USD"} and row["Date"] >= FIRST.isoformat()
    ]
    writes: list[Write] = [*[create(FACTS, one) for one in facts], *[create(RATE_TABLES, one) for one in tables]]
    for first in range(0, len(writes), WRITES_PER_COMMIT):
        await harness.env.store.commit(writes[first : first + WRITES_PER_COMMIT])
    return {key: partner.id for key, partner in partners.items()}


async def test_what_each_class_of_resellers_makes_is_what_the_files_say(harness: Harness) -> None:
    """28 % of the resellers make 80 % of the revenue of 2013."""
    partners = await _loaded(harness)
    model = a_model(currency="USD", rate_source="aw", rate_basis=RateBasis.MONTH_AVERAGE)
    run = opened(model, QUARTER, due_at=NOW, now=NOW)
    await harness.env.store.commit([create(SEGMENTATION_MODELS, model), create(SEGMENTATIONS, run)])
    await turn(harness)
    told = summary(*(await found(harness)))
    classes = [
        (one.class_code, one.partner_count, one.partner_basis_points, one.revenue_basis_points) for one in told.classes
    ]
    assert classes == _queried(partners, FIRST)
    assert (told.first_day, told.rate_unknown_count, len(told.lorenz_points)) == (FIRST, 0, 101)
    assert len(await rows_of(harness, class_code="A", page_size=200)) == classes[0][1]
