"""Imports the real data sets into the running cell, measures the resellers, and sums the orders that resulted."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from libs.clock import ShiftedClock, SystemClock
from libs.money import PER_UNIT, Money
from libs.rpc.client import Client
from libs.runtime.cell import RunningCell
from services.demo import resellers
from services.demo.reseller_figures import Figures, figures_of
from services.demo.scenario import SERVICES, ScenarioClient, rpc_path
from services.imports import mapping, progress
from services.imports.mappings import path_of
from services.imports.report import Report, Totals
from services.imports.run import Run

# In order: later sets refer to earlier ones.
RESELLERS = ("aw_resellers",)
ORDERS = ("aw_prices", "aw_orders")
OTHERS = (
    "crm_offices",
    "crm_opportunities",
    "retail_customers",
    "retail_orders",
    "retail_credit_notes",
    "incident_sites",
    "incidents",
)
SETS = (*RESELLERS, *ORDERS, *OTHERS)
PATIENCE_SECONDS = 30.0
SETTLED_SECONDS = 600
_PAST_FACTS = timedelta(hours=1)  # what waits for the facts is repeated within it
_NANOS_PER_AMOUNT = 10**9 // PER_UNIT

Key = tuple[str, str, str]


class Importing(NamedTuple):
    """Where to, and from where. clock: that of the cell, which stands at `resellers.BEGIN`. report: refused rows go
    there with their reasons."""

    console: Console
    cell: RunningCell
    client: Client
    clock: ShiftedClock
    data: Path
    report: Path

    def scenario(self) -> ScenarioClient:
        """The steps' client."""
        clients = dict.fromkeys(SERVICES, self.client)
        return ScenarioClient(clients, run="data", today=self.clock.now().date())

    def until(self, then: datetime) -> None:
        """Set the clock of the cell to an instant that is still to come."""
        self.clock.advance(then - self.clock.now())


class Imported(NamedTuple):
    """What an import came to. totals: by set."""

    totals: dict[str, Totals]
    figures: Figures


async def import_sets(of: Importing) -> Imported:
    """Import every set and print the totals. The resellers are planned, enrolled and measured in the years of their
    orders; after that the clock shows the present."""
    totals: dict[str, Totals] = {}
    scenario = of.scenario()
    with Report(of.report) as lines:
        await _send(of, RESELLERS, lines, totals)
        await resellers.put_rates(scenario, of.data, first=date.min, below=resellers.BEGIN.date())
        await of.cell.settled(within_seconds=SETTLED_SECONDS)
        await resellers.publish(scenario)
        await resellers.plan(scenario, of.data)
        of.until(resellers.ENTRY)
        await resellers.enroll(scenario)
        of.until(resellers.END)
        await resellers.put_rates(scenario, of.data, first=resellers.BEGIN.date(), below=resellers.END.date())
        await _send(of, ORDERS, lines, totals)
        await _run_jobs(of)
        figures = await figures_of(scenario)
        of.until(SystemClock().now())
        await _send(of, OTHERS, lines, totals)
    await of.cell.settled(within_seconds=SETTLED_SECONDS)
    return Imported(totals, figures)


async def _send(of: Importing, names: tuple[str, ...], lines: Report, totals: dict[str, Totals]) -> None:
    for name in names:
        run = Run(mapping.read(path_of(name)), of.data, lines)
        with progress.shown(of.console, name) as watch:
            totals[name] = await run.send(of.client, watch=watch, patience_seconds=PATIENCE_SECONDS)
        progress.summary(of.console, run.totals, sent=True)


async def _run_jobs(of: Importing) -> None:
    """Sum up the facts, close the quarter and review the resellers."""
    for _ in range(2):
        await of.cell.settled(within_seconds=SETTLED_SECONDS)
        await of.cell.run_jobs()
        of.clock.advance(_PAST_FACTS)


async def order_totals(client: Client) -> dict[Key, tuple[int, Money]]:
    """The number of orders and their exact total, by source, currency and territory."""
    from libs.pb.prm.orders.v1 import ListOrdersRequest

    found: dict[Key, tuple[int, Money]] = defaultdict(lambda: (0, Money(0, "")))
    token = ""
    while True:
        page = await client.call(rpc_path("orders", "ListOrders"), ListOrdersRequest(page_size=200, page_token=token))
        for order in page.orders:
            key = (order.external_source, order.currency, order.territory)
            count, sum_so_far = found[key]
            found[key] = (count + 1, Money(sum_so_far.amount + _amount(order.totals.total), order.currency))
        token = page.next_page_token
        if not token:
            return dict(found)


def _amount(money: Any) -> int:
    return int(money.units * PER_UNIT + money.nanos // _NANOS_PER_AMOUNT)


def order_table(totals: dict[Key, tuple[int, Money]]) -> Table:
    """The sums of the orders."""
    table = Table("source", "currency", "territory", "orders", "total", title="What the orders come to")
    for (source, currency, territory), (count, money) in sorted(totals.items()):
        table.add_row(source, currency, territory, f"{count:,}", f"{money.decimal:,}")
    return table
