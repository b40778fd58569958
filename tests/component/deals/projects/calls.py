"""What the suites over all protos have to know of projects."""

from typing import Any

from libs.pb.prm.orders import v1 as orders_pb
from tests.capabilities import Calls
from tests.component.deals.customers.telling import deliver, event


def _of_claim(loaded: Any) -> dict[str, Any]:
    return {"registration_id": loaded.rows["reg"]}


async def _plant(world: Any, one: Any) -> None:
    """The partner's order names its claim."""
    id = one.rows["ord"]
    body = orders_pb.OrderCreated(order_id=id, partner_id=one.id, registration_id=one.rows["reg"])
    await deliver(world.deals, event(body, id))


CALLS = Calls(
    reads={"GetProject": _of_claim, "ListProjectOrders": _of_claim},
    shown={"GetProject": ("reg",), "ListProjectOrders": ("ord",)},
    plant=_plant,
)
