"""What the suites over all protos have to know of subscriptions."""

from typing import Any

from services.demo.scenario import ScenarioClient
from services.hooks.subscriptions import usecases
from services.hooks.subscriptions.domain.states import SignatureScheme
from tests.capabilities import Calls, Fields

NEW = {
    "name": "ERP",
    "url": "https://erp.invalid/hooks",
    "event_types": ["orders.order.confirmed"],
    "scheme": "SIGNATURE_SCHEME_ED25519",
}


async def plant(world: Any, one: Any) -> None:
    """The partner's ERP gets its orders; nothing if it does already."""
    if "sub" in one.rows:
        return
    made = await world.hooks.run(
        usecases.create_subscription,
        usecases.CreateSubscription,
        partner_id=one.id,
        name=one.words,
        url="https://erp.invalid/hooks",
        event_types=("orders.order.confirmed",),
        scheme=SignatureScheme.ED25519,
    )
    one.rows["sub"] = made.id


def _id(**more: Any) -> Fields:
    return lambda loaded: {"id": loaded.rows["sub"], **more}


async def _subscribed(scenario: ScenarioClient) -> str:
    return str((await scenario.ask("hooks", "CreateSubscription", **NEW)).subscription.id)


async def _prepare(scenario: ScenarioClient) -> None:
    scenario.held["subscription"] = await _subscribed(scenario)


async def _drive(scenario: ScenarioClient) -> None:
    subscription = await _subscribed(scenario)
    await scenario.ask("hooks", "UpdateSubscription", id=subscription, name="ERP in Kassel")
    await scenario.ask("hooks", "RotateKey", id=subscription)
    await scenario.ask("hooks", "DisableSubscription", id=subscription)
    await scenario.ask("hooks", "EnableSubscription", id=subscription)
    await scenario.ask("hooks", "DeleteSubscription", id=subscription)


CALLS = Calls(
    reads={"GetSubscription": _id(), "ListSubscriptions": lambda loaded: {"partner_id": loaded.id}},
    changes={
        "CreateSubscription": lambda loaded: {"partner_id": loaded.id, **NEW},
        "UpdateSubscription": _id(update_mask="name", name="ERP in Kassel"),
        "RotateKey": _id(),
        "DisableSubscription": _id(),
        "EnableSubscription": _id(),
        "DeleteSubscription": _id(),
    },
    own=frozenset({"GetSubscription", "ListSubscriptions"}),
    shown={"GetSubscription": ("sub",), "ListSubscriptions": ("sub",)},
    listed={"ListSubscriptions": "sub"},
    plant=plant,
    new=frozenset({"CreateSubscription", "RotateKey"}),
    refused=frozenset({"DisableSubscription", "EnableSubscription", "DeleteSubscription"}),
    repeated={
        "UpdateSubscription": (
            "hooks",
            lambda scenario: {"id": scenario.held["subscription"], "name": "ERP", "update_mask": {"paths": ["name"]}},
        )
    },
    prepare=_prepare,
    drive=_drive,
)
