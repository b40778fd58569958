"""What the suites over all protos have to know of stock."""

from typing import Any

from libs.store.port import create
from services.demo.scenario import ScenarioClient, day
from services.orders.stock.documents import MOVEMENTS, POSITIONS
from services.orders.stock.domain.ledger import ledger_of
from services.orders.stock.domain.movement import Movement, MovementKind, report_id
from services.orders.stock.domain.position import position_of
from tests.builders import NOW
from tests.capabilities import Calls, Fields

_SKU = "RTR-1"


def _partner(**more: Any) -> Fields:
    return lambda loaded: {"partner_id": loaded.id, **more}


async def _plant(world: Any, one: Any) -> None:
    """The partner has counted an article."""
    today = NOW.date()
    id = report_id(one.id, _SKU, MovementKind.COUNT, today)
    count = Movement(
        id=id, partner_id=one.id, sku=_SKU, kind=MovementKind.COUNT, date=today, quantity=5, create_time=NOW,
        update_time=NOW,
    )  # fmt: skip
    position = position_of(ledger_of([count]), [count], window_days=56, now=NOW)
    await world.orders.env.store.commit([create(MOVEMENTS, count), create(POSITIONS, position)])


def _report(on: Any) -> dict[str, Any]:
    return {"sku": _SKU, "kind": "STOCK_MOVEMENT_KIND_COUNT", "date": day(on), "quantity": 4}


def _asked(scenario: ScenarioClient) -> dict[str, Any]:
    return {"partner_id": scenario.held["north"], **_report(scenario.today)}


async def _drive(scenario: ScenarioClient) -> None:
    for quantity in (4, 5):
        await scenario.ask("orders", "ReportStock", **{**_asked(scenario), "quantity": quantity})


CALLS = Calls(
    reads={"ExplainStock": _partner(sku=_SKU), "ListStock": _partner(), "ListStockMovements": _partner()},
    changes={"ReportStock": _partner(**_report(NOW.date()))},
    shown=dict.fromkeys(("ExplainStock", "ListStock", "ListStockMovements"), ("ptn",)),
    listed={"ListStock": "ptn", "ListStockMovements": "ptn"},
    plant=_plant,
    repeated={"ReportStock": ("orders", _asked)},
    drive=_drive,
)
