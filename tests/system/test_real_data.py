"""The real data sets are imported through the ports of a running cell: sums are exact, bad rows are refused, and a
repetition changes nothing."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SystemClock
from libs.config import Settings
from libs.money import Money
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.sets import SETS, Key, order_totals
from services.imports import mapping
from services.imports.mappings import path_of
from services.imports.notes import Fate, Outcome
from services.imports.report import Report, Totals
from services.imports.run import Run
from tests.data import DATA, needs_data
from tests.system.processes import embedded

pytestmark = [needs_data, pytest.mark.slow, pytest.mark.xdist_group("system")]

Sums = dict[tuple[str, str], Decimal]
# By currency and customer: what each partner that this customer is has open.
Credits = dict[tuple[str, str], list[Decimal]]


async def test_all_sets_are_imported_exactly_and_a_second_import_changes_nothing(tmp_path: Path) -> None:
    with embedded(tmp_path, PRM_LOG_LEVEL="error") as settings:
        await _import_twice(settings, tmp_path)


async def _import_twice(settings: Settings, tmp_path: Path) -> None:
    async with running(builders(), settings) as cell, cell.client() as client:
        begun = SystemClock().now()
        first = await _import_all(client, tmp_path / "first.csv")
        await cell.settled(within_seconds=300)
        refused = _refused(tmp_path / "first.csv")
        totals = await order_totals(client)
        assert _of(totals, "aw") == _aw_sums()
        assert _of(totals, "retail") == _retail_sums(refused)
        assert await _open_credits(client) == _credit_sums(refused)
        assert all(reason for reason in refused.values())
        between = SystemClock().now()
        second = await _import_all(client, tmp_path / "second.csv")
        await cell.settled(within_seconds=300)
        assert sum(run.messages[Fate.CREATED] for run in second.values()) == 0
        assert _known(second) == _known(first)
        assert await _changes(client, since=between) == []
        assert await _changes(client, since=begun)
        assert await order_totals(client) == totals


async def _import_all(client: Client, report: Path) -> dict[str, Totals]:
    runs = {}
    with Report(report) as lines:
        for name in SETS:
            run = Run(mapping.read(path_of(name)), DATA, lines)
            runs[name] = await run.send(client, patience_seconds=60)
            assert not run.totals.messages[Fate.NOT_YET], name
    return runs


def _known(runs: dict[str, Totals]) -> dict[str, int]:
    """The number of accepted rows of each set, new or imported before."""
    return {name: run.messages[Fate.CREATED] + run.messages[Fate.UNCHANGED] for name, run in runs.items()}


async def _changes(client: Client, *, since: datetime) -> list[str]:
    """The methods of the changes since then, by the trail; those of jobs and consumers, which may go on, left out."""
    entries = await _all(client, "compliance", "ListAuditEntries", start_time=since)
    return [one.method for one in entries if one.resource_version and one.method.startswith("/")]


def _of(totals: dict[Key, tuple[int, Money]], source: str) -> Sums:
    return {
        (currency, territory): money.decimal
        for (named, currency, territory), (_, money) in totals.items()
        if named == source
    }


def _refused(report: Path) -> dict[str, str]:
    """The reasons of refused rows by external id, as reported."""
    found: dict[str, str] = {}
    for line in _rows(report):
        if line["outcome"] == Outcome.REFUSED.name:
            found[line["external_id"]] = found.get(line["external_id"], "") + line["reason"] + line["description"]
    return found


def _aw_sums() -> Sums:
    """The sum of all order lines as decimals, by currency and territory."""
    regions = {row["SalesTerritoryKey"]: row["SalesTerritoryRegion"] for row in _rows(DATA / "aw_territories.csv")}
    sums: Sums = defaultdict(Decimal)
    for row in _rows(DATA / "aw_order_lines.csv"):
        key = (row["CurrencyCode"], regions[row["SalesTerritoryKey"]].replace(" ", "-"))
        sums[key] += Decimal(row["SalesAmount"]) + Decimal(row["TaxAmt"]) + Decimal(row["Freight"])
    return dict(sums)


def _retail_sums(refused: dict[str, str]) -> Sums:
    """The sum of all lines of the invoices that were not refused."""
    sums: Sums = defaultdict(Decimal)
    for row in _rows(DATA / "retail_invoice_lines.csv"):
        if row["IsCreditNote"] == "0" and row["InvoiceNo"] not in refused:
            sums["GBP", row["Country"].replace(" ", "-")] += Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
    return dict(sums)


async def _open_credits(client: Client) -> Credits:
    """What the vendor owes partners of the retailer for credit notes without an original, by BalanceService.
    Each credit is open as a whole."""
    customers = {one.id: one.external_id.partition("-")[0] for one in await _all(client, "partners", "ListPartners")}
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for credit in await _all(client, "orders", "ListOpenCredits"):
        assert (credit.order_id, credit.allocated.units, credit.open) == ("", 0, credit.amount)
        amount = Decimal(credit.open.units) + Decimal(credit.open.nanos).scaleb(-9)
        sums[credit.open.currency_code, credit.partner_id] += amount
    return _by_customer({(currency, customers[id], id): amount for (currency, id), amount in sums.items()})


def _credit_sums(refused: dict[str, str]) -> Credits:
    """What the lines of the credit notes that were not refused come to."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in _rows(DATA / "retail_invoice_lines.csv"):
        if row["IsCreditNote"] == "1" and row["InvoiceNo"] not in refused:
            sums["GBP", row["CustomerID"], row["Country"]] -= Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
    return _by_customer(sums)


def _by_customer(sums: Mapping[tuple[str, str, str], Decimal]) -> Credits:
    """The sums of the partners that one customer is, by currency and customer: one for each of its countries."""
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for (currency, customer, _), amount in sums.items():
        found[currency, customer].append(amount)
    return {key: sorted(amounts) for key, amounts in found.items()}


async def _all(client: Client, service: str, method: str, **filters: Any) -> list[Any]:
    """Every row of a list."""
    stage = ScenarioClient(dict.fromkeys(SERVICES, client), run="data", today=SystemClock().now().date())
    rows: list[Any] = []
    token = ""
    while True:
        page = await stage.ask(service, method, page_size=200, page_token=token, **filters)
        rows += next(value for field, value in page.ListFields() if field.is_repeated) if page.ListFields() else []
        token = page.next_page_token
        if not token:
            return rows


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
