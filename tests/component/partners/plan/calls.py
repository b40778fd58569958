"""What the suites over all protos have to know of joint plans."""

from typing import Any

from services.demo.scenario import ScenarioClient, money
from tests.capabilities import Calls, Fields
from tests.component.partners.plan.acts import drafted, initiative, proposed

TARGET: dict[str, Any] = {
    "period": "PLAN_PERIOD_YEAR",
    "first_day": {"year": 2026, "month": 1, "day": 1},
    "metric": "FACT_METRIC_REVENUE_ORDERED",
    "amount": money(1000),
}
CONTENT: dict[str, Any] = {"title": "2026", "targets": [TARGET]}
SHOW: dict[str, Any] = {
    "title": "Road show",
    "owner": "INITIATIVE_OWNER_PARTNER_SALES",
    "due_on": {"year": 2026, "month": 3, "day": 20},
}


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    """A plan that waits for both sides, with an initiative."""
    plan = await proposed(world.partners, await drafted(world.partners, one.id))
    added = await initiative(world.partners, plan)
    one.rows.update({"pln": plan.id, "ini": added.id})


async def _draft(scenario: ScenarioClient, **fields: Any) -> str:
    made = await scenario.ask("partners", "DraftPlan", partner_id=scenario.held["north"], **CONTENT, **fields)
    return str(made.plan.id)


async def _prepare(scenario: ScenarioClient) -> None:
    scenario.held["plan"] = await _draft(scenario)
    added = await scenario.ask("partners", "AddInitiative", plan_id=scenario.held["plan"], **SHOW)
    scenario.held["initiative"] = added.initiative.id


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    plan, added = scenario.held["plan"], scenario.held["initiative"]
    await scenario.ask("partners", "UpdateInitiative", id=added, begun=True)
    await scenario.ask("partners", "CloseInitiative", id=added, outcome="INITIATIVE_STATE_DONE")
    await scenario.ask("partners", "RevisePlan", id=plan, title="2027", targets=[TARGET])
    await scenario.ask("partners", "ProposePlan", id=plan)
    await scenario.ask("partners", "ReturnPlan", id=plan)
    await scenario.ask("partners", "ProposePlan", id=plan)
    await scenario.ask("partners", "AgreePlan", id=plan)
    await scenario.ask("partners", "CancelPlan", id=plan)
    past = {**TARGET, "first_day": {"year": 2020, "month": 1, "day": 1}}
    made = await scenario.ask("partners", "DraftPlan", partner_id=scenario.held["north"], title="2020", targets=[past])
    await scenario.ask("partners", "ProposePlan", id=made.plan.id)
    for side in ("PLAN_SIDE_VENDOR", "PLAN_SIDE_PARTNER"):
        await scenario.ask("partners", "AgreePlan", id=made.plan.id, side=side)
    await scenario.ask("partners", "ClosePlan", id=made.plan.id)


CALLS = Calls(
    reads={
        "GetPlan": _id("pln"),
        "ListPlans": _id("ptn", "partner_id"),
        "GetPlanAttainment": _id("pln"),
        "ListInitiatives": _id("ptn", "partner_id"),
    },
    changes={
        "DraftPlan": _id("ptn", "partner_id", **CONTENT),
        "RevisePlan": _id("pln", title="2027", targets=[TARGET]),
        "ProposePlan": _id("pln"),
        "AgreePlan": _id("pln"),
        "ReturnPlan": _id("pln"),
        "AddInitiative": _id("pln", "plan_id", **SHOW),
        "UpdateInitiative": _id("ini", begun=True),
        "CloseInitiative": _id("ini", outcome="INITIATIVE_STATE_DONE"),
    },
    shown={
        "GetPlan": ("pln",),
        "ListPlans": ("pln",),
        "GetPlanAttainment": ("ptn",),
        "ListInitiatives": ("ini",),
    },
    listed={"ListPlans": "pln", "ListInitiatives": "ini"},
    plant=_plant,
    new=frozenset({"DraftPlan", "AddInitiative"}),
    refused=frozenset({"ProposePlan", "AgreePlan", "ReturnPlan", "ClosePlan", "CancelPlan", "CloseInitiative"}),
    repeated={
        "RevisePlan": ("partners", lambda scenario: {"id": scenario.held["plan"], **CONTENT}),
        "UpdateInitiative": ("partners", lambda scenario: {"id": scenario.held["initiative"], "title": "Road show"}),
    },
    prepare=_prepare,
    drive=_drive,
)
