"""What the suites over all protos have to know of deliveries."""

from datetime import timedelta
from typing import Any

from libs.store.port import create
from services.demo.scenario import ScenarioClient
from services.hooks.deliveries.documents import DELIVERIES
from services.hooks.deliveries.domain.delivery import Delivery
from services.hooks.deliveries.domain.states import DeliveryState
from tests.builders import NOW, a_call, an_id
from tests.capabilities import Calls, Fields
from tests.component.hooks.subscriptions.calls import NEW, plant
from tests.waiting import until

SINCE = {"since": "2026-01-01T00:00:00Z"}


async def _plant(world: Any, one: Any) -> None:
    """The partner has missed something."""
    await plant(world, one)
    env = world.hooks.env
    made = Delivery(
        id=env.ids.new("dlv"),
        subscription_id=one.rows["sub"],
        partner_id=one.id,
        event_id=env.ids.new("evt"),
        event_type="orders.order.confirmed",
        resource_id=an_id("ord"),
        event_time=NOW - timedelta(hours=1),
        state=DeliveryState.MISSED,
        create_time=NOW,
        update_time=NOW,
        body=b"{}",
    )
    one.rows["dlv"] = (await env.commit(create(DELIVERIES, made), call=a_call())).id


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _drive(scenario: ScenarioClient) -> None:
    """A subscription to the events of subscriptions hears of itself."""
    fields = {**NEW, "event_types": ["hooks.subscription.updated"]}
    subscription = (await scenario.ask("hooks", "CreateSubscription", **fields)).subscription.id
    await scenario.ask("hooks", "UpdateSubscription", id=subscription, name="Itself")

    async def delivery() -> str:
        found = await scenario.ask("hooks", "ListDeliveries", subscription_id=subscription)
        return str(found.deliveries[0].id) if found.deliveries else ""

    await scenario.ask("hooks", "Redeliver", id=await until(delivery))
    for _ in range(2):  # the first may make what the second changes
        await scenario.ask("hooks", "RedeliverSince", subscription_id=subscription, since={"seconds": 1_767_225_600})


CALLS = Calls(
    reads={
        "GetBacklog": _id("sub", "subscription_id"),
        "GetDelivery": _id("dlv"),
        "ListDeliveries": _id("sub", "subscription_id"),
    },
    changes={"Redeliver": _id("dlv"), "RedeliverSince": _id("sub", "subscription_id", **SINCE)},
    own=frozenset({"GetBacklog", "GetDelivery", "ListDeliveries"}),
    shown={"GetBacklog": (), "GetDelivery": ("dlv",), "ListDeliveries": ("dlv",)},
    plant=_plant,
    new=frozenset({"Redeliver", "RedeliverSince"}),
    drive=_drive,
)
