"""What the suites over all protos have to know of facts."""

from typing import Any

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.pb.prm.orders import v1 as orders_pb
from tests.builders import an_id
from tests.capabilities import Calls
from tests.component.partners.facts.telling import settled, tell


def _facts(loaded: Any) -> dict[str, Any]:
    return {"partner_id": loaded.id}


def _evidence(loaded: Any) -> dict[str, Any]:
    return {"partner_id": loaded.id, "metric": "FACT_METRIC_ORDERS"}


async def _plant(world: Any, loaded: Any) -> None:
    """An order of the partner, so that it has a fact of its own."""
    confirmed = orders_pb.OrderConfirmed(
        order_id=loaded.rows.get("ord", an_id("ord")),
        partner_id=loaded.id,
        total=Money(currency_code="EUR", units=1),
        order_date=Date(year=2026, month=3, day=2),
        ship_to_country="DE",
    )
    await tell(world.partners, confirmed, id=f"facts:{loaded.id}")
    await settled(world.partners)


CALLS = Calls(
    reads={"ListFacts": _facts, "ListFactEvidence": _evidence},
    shown={"ListFacts": ("ptn",), "ListFactEvidence": ("ord",)},
    listed={"ListFacts": "ptn"},
    plant=_plant,
)
