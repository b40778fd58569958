"""The real data sets are imported through the ports of a running cell, as the demonstration does: sums are exact, bad
rows are refused, the figures of each reseller are those of the files, and a repetition changes nothing."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from libs.clock import ShiftedClock, SystemClock
from libs.config import Settings
from libs.messaging.jetstream import Session
from libs.money import Money
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.demo import resellers
from services.demo.reseller_figures import TOTALS, Figures, amount_of, tell
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.sets import SETS, Importing, Key, import_sets, order_totals
from services.imports import mapping
from services.imports.mappings import path_of
from services.imports.notes import Fate, Outcome
from services.imports.report import Report, Totals
from services.imports.run import Run
from tests.data import DATA, needs_data
from tests.system.processes import embedded
from tests.system.reseller_query import Ordered, ordered, planned

pytestmark = [needs_data, pytest.mark.slow, pytest.mark.xdist_group("system")]

_INSUFFICIENT_DATA = 2
Sums = dict[tuple[str, str], Decimal]
# By currency and customer: what each partner that this customer is has open.
Credits = dict[tuple[str, str], list[Decimal]]


async def test_all_sets_are_imported_exactly_and_a_second_import_changes_nothing(tmp_path: Path) -> None:
    with embedded(tmp_path, PRM_LOG_LEVEL="error") as settings:
        await _import_twice(settings, tmp_path)


async def _import_twice(settings: Settings, tmp_path: Path) -> None:
    clock = ShiftedClock(resellers.BEGIN)
    async with running(builders(), settings, clock=clock, sweep=False) as cell, cell.client() as client:
        quiet = Console(file=StringIO())
        importing = Importing(quiet, cell, client, clock, DATA, tmp_path / "first.csv")
        first = await import_sets(importing)
        _assert_figures(first.figures)
        _assert_told(importing.scenario(), first.figures)
        refused = _refused(tmp_path / "first.csv")
        totals = await order_totals(client)
        assert _of(totals, "aw") == _aw_sums()
        assert _of(totals, "retail") == _retail_sums(refused)
        assert await _open_credits(client) == _credit_sums(refused)
        assert all(reason for reason in refused.values())
        session = await cell.jetstreams["orders"].session()
        before = (await session.streams.stream_info(session.stream)).state.last_seq
        second = await _import_all(client, tmp_path / "second.csv")
        await cell.settled(within_seconds=300)
        assert sum(run.messages[Fate.CREATED] for run in second.values()) == 0
        assert _known(second) == _known(first.totals)
        assert await _changed_by_calls(session, after=before) == []
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


async def _changed_by_calls(session: Session, *, after: int) -> list[str]:
    """The subjects of the events after this sequence number, except those of jobs, which may go on meanwhile."""
    state = (await session.streams.stream_info(session.stream)).state
    found = [await session.streams.get_msg(session.stream, number) for number in range(after + 1, state.last_seq + 1)]
    return [one.subject or "" for one in found if "__" not in (one.headers or {}).get("ce-prmmethod", "")]


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


async def _all(client: Client, service: str, method: str) -> list[Any]:
    """Every row of a list."""
    stage = ScenarioClient(dict.fromkeys(SERVICES, client), run="data", today=SystemClock().now().date())
    return await stage.every(service, method)


def _assert_figures(found: Figures) -> None:
    """Every reseller has a level, a card and a plan; what has a source is what another engine says, and what has none
    is INSUFFICIENT_DATA."""
    keys = {one.id: one.external_id for one in found.partners.values()}
    assert sorted(keys.values()) == sorted(row["ResellerKey"] for row in _rows(DATA / "aw_resellers.csv"))
    assert keys.keys() == found.levels.keys() == found.cards.keys() == found.plans.keys()
    year = ordered("2012-10-01", "2013-10-01")
    revenue = {keys[partner]: float(amount_of(one.revenue)) for partner, one in found.segments.items()}
    assert revenue == {key: _about(one.dollars) for key, one in year.items()}
    assert {keys[partner]: level for partner, level in found.levels.items()} == {
        key: _level(year.get(key, Ordered(0, 0.0))) for key in keys.values()
    }
    _assert_cards({keys[partner]: card for partner, card in found.cards.items()})
    for quarter in range(3):
        reached = ordered(f"2013-{quarter * 3 + 1:02}-01", f"2013-{quarter * 3 + 4:02}-01")
        plans = {keys[partner]: plan[quarter] for partner, plan in found.plans.items()}
        targets = sum(amount_of(one.target.amount) for one in plans.values())
        assert float(targets) == _about(planned(quarter + 1))
        for key, plan in plans.items():
            assert float(amount_of(plan.figure.amount)) == _about(reached[key].dollars if key in reached else 0.0)


def _assert_told(scenario: ScenarioClient, found: Figures) -> None:
    """The chapter says of how many resellers it is, and what they ordered together."""
    tell(scenario, found)
    year = ordered("2012-10-01", "2013-10-01")
    opening, explained = scenario.told[0], {line.chapter for line in scenario.told} - {TOTALS}
    assert opening.what.startswith(f"{len(year)} of {len(found.partners)} resellers ordered")
    amount = float(opening.outcome.split(" USD")[0].replace(",", ""))
    assert amount == pytest.approx(sum(one.dollars for one in year.values()), abs=0.02)
    assert len(explained) == 2


def _assert_cards(cards: Mapping[str, Any]) -> None:
    of_quarter = ordered("2013-07-01", "2013-10-01")
    for key, card in cards.items():
        lines = {line.dimension.code: line for line in card.lines}
        known = {code for code, line in lines.items() if line.state != _INSUFFICIENT_DATA}
        if key in of_quarter:
            assert known == {"REVENUE", "ORDERS", "DISCOUNT"}
            assert float(lines["REVENUE"].value) == _about(of_quarter[key].dollars)
            assert int(lines["ORDERS"].value) == of_quarter[key].orders
        else:
            assert (known, card.HasField("score")) == (set(), False)


def _level(year: Ordered) -> str:
    """The level by the rules of services/demo/resellers.toml."""
    if year.dollars >= 100_000 and year.orders >= 4:
        return "GOLD"
    return "SILVER" if year.dollars >= 20_000 else "BASIC"


def _about(dollars: float) -> Any:
    """Equal but for the ten-thousandths to which each month and currency is rounded."""
    return pytest.approx(dollars, abs=0.002)


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
