"""What the suites over all protos have to know of the ledger."""

from collections.abc import Callable
from datetime import date
from typing import Any

from libs.store.port import create, get
from services.demo.scenario import ScenarioClient, day
from services.orders.incentives.documents import PLANS
from services.orders.incentives.domain.plan import BeneficiaryKind, PlanState
from services.orders.ledger.documents import ACCOUNTS, ENTRIES
from services.orders.ledger.domain.entry import Account, Entry, EntryKind, account_id
from tests.builders import NOW, a_call
from tests.capabilities import Calls, Fields
from tests.unit.orders.incentives.plans import a_plan

CODE = "STAGED"
QUARTER = date(2026, 1, 1)  # its first day


def _about(**more: Any) -> Fields:
    """About the account of a partner."""
    return lambda loaded: {"account_id": account_id(CODE, BeneficiaryKind.PARTNER, loaded.rows["ptn"]), **more}


async def _stage(env_of: Callable[[str], Any], scenario: ScenarioClient) -> None:
    """A plan that has been in force for long."""
    await _in_force(env_of("orders"))


async def _in_force(env: Any) -> None:
    plan = a_plan(CODE, id=env.ids.derived("inc", "1"), state=PlanState.PUBLISHED, effective_day=date(2026, 1, 1))
    if await get(env.store, PLANS, plan.id) is None:
        await env.commit(create(PLANS, plan), call=a_call())


async def _plant(world: Any, one: Any) -> None:
    env = world.orders.env
    await _in_force(env)
    account = Account(
        id=account_id(CODE, BeneficiaryKind.PARTNER, one.id),
        plan_code=CODE,
        kind=BeneficiaryKind.PARTNER,
        beneficiary_id=one.id,
        partner_id=one.id,
        currency="EUR",
        create_time=NOW,
        update_time=NOW,
    )
    entry = Entry(
        id=env.ids.new("ent"),
        kind=EntryKind.ACCRUE,
        account_id=account.id,
        plan_code=CODE,
        incentive_plan_id=env.ids.derived("inc", "1"),
        beneficiary_id=one.id,
        partner_id=one.id,
        period=QUARTER,
        own_period=QUARTER,
        effective_day=QUARTER,
        amount=1,
        currency="EUR",
        record_time=NOW,
    )
    await env.commit(create(ACCOUNTS, account), create(ENTRIES, entry), call=a_call())
    one.rows["ent"] = entry.id


def _split(scenario: ScenarioClient) -> dict[str, Any]:
    share = {"kind": "BENEFICIARY_KIND_PERSON", "role": "rep", "beneficiary_id": "p1", "basis_points": 10_000}
    return {"order_id": scenario.held["order"], "shares": [share]}


def _closing(scenario: ScenarioClient) -> dict[str, Any]:
    return {"plan_code": CODE, "last_day": day(date(2026, 3, 31))}


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("orders", "SetSalesShares", **_split(scenario))
    await scenario.ask("orders", "ClosePeriod", **_closing(scenario))


CALLS = Calls(
    reads={
        "ListEntries": lambda loaded: {"partner_id": loaded.rows["ptn"]},
        "ExplainEntry": lambda loaded: {"id": loaded.rows["ent"]},
        "GetIncentiveStatement": _about(period=day(QUARTER)),
    },
    shown={"ListEntries": ("ent",), "ExplainEntry": ("ent",)},
    listed={"ListEntries": "ent"},
    plant=_plant,
    stage=_stage,
    repeated={"SetSalesShares": ("orders", _split), "ClosePeriod": ("orders", _closing)},
    drive=_drive,
)
