"""Imports the real data sets into the running cell, and sums the orders that resulted."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from libs.money import PER_UNIT, Money
from libs.rpc.client import Client
from libs.runtime.cell import RunningCell
from services.demo.scenario import rpc_path
from services.imports import mapping, progress
from services.imports.mappings import path_of
from services.imports.report import Report
from services.imports.run import Run

# In order: later sets refer to earlier ones.
SETS = (
    "aw_resellers",
    "aw_prices",
    "aw_orders",
    "crm_offices",
    "crm_opportunities",
    "retail_customers",
    "retail_orders",
    "retail_credit_notes",
    "incident_sites",
    "incidents",
)
PATIENCE_SECONDS = 30.0
_NANOS_PER_AMOUNT = 10**9 // PER_UNIT

Key = tuple[str, str, str]


async def import_sets(console: Console, cell: RunningCell, client: Client, data: Path, report: Path) -> None:
    """Import every set and print the totals; refused rows go to the report with their reasons."""
    with Report(report) as lines:
        for name in SETS:
            run = Run(mapping.read(path_of(name)), data, lines)
            with progress.shown(console, name) as watch:
                await run.send(client, watch=watch, patience_seconds=PATIENCE_SECONDS)
            progress.summary(console, run.totals, sent=True)
    await cell.settled(within_seconds=600)
    console.print(f"every row that needs a look is in {report}")
    console.print(_table(await order_totals(client)))


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


def _table(totals: dict[Key, tuple[int, Money]]) -> Table:
    table = Table("source", "currency", "territory", "orders", "total", title="What the orders come to")
    for (source, currency, territory), (count, money) in sorted(totals.items()):
        table.add_row(source, currency, territory, f"{count:,}", f"{money.decimal:,}")
    return table
