"""What the suites over all protos have to know of conduct."""

from typing import Any

from services.demo.scenario import ScenarioClient, money
from services.partners.conduct.domain.states import ConductState
from tests.capabilities import Calls, Fields
from tests.component.partners.conduct.acts import ladder, put_rule

TERMS: dict[str, Any] = {
    "code": "GREY",
    "basis": "CONDUCT_BASIS_PROGRAMME",
    "section": "4.2",
    "title": "Sales outside of the territory",
    "points": {"notice": 1, "warning": 3},
    "cure_days": 14,
    "fine_cap": money(100),
}
TEXT = {"text": "It was not us."}


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    await put_rule(world.partners)
    one.rows["cdc"] = (await ladder(world.partners, one.id, ConductState.NOTICE)).id


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("partners", "PutConductRule", terms=TERMS)
    made = await scenario.ask("partners", "OpenConductCase", partner_id=scenario.held["north"], rule_code="GREY")
    scenario.held["conduct_case"] = made.conduct_case.id


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    case = scenario.held["conduct_case"]
    for state in ("UNDER_INVESTIGATION", "NOTICE"):
        decided = {"state": f"CONDUCT_STATE_{state}", "reason": "CONDUCT_REASON_PROVEN"}
        await scenario.ask("partners", "DecideConductCase", id=case, **decided)
    await scenario.ask("partners", "SubmitConductStatement", id=case, statement=TEXT)
    await scenario.ask("partners", "AppealConductCase", id=case, text=TEXT)
    await scenario.ask_another("partners", "DecideConductAppeal", id=case, upheld=False, note=TEXT)
    await scenario.ask("partners", "PutConductRule", terms={**TERMS, "cure_days": 21})


CALLS = Calls(
    reads={
        "GetConductCase": _id("cdc"),
        "ListConductCases": _id("ptn", "partner_id"),
    },
    changes={
        "SubmitConductStatement": _id("cdc", statement=TEXT),
        "AppealConductCase": _id("cdc", text=TEXT),
    },
    shown={"GetConductCase": ("cdc",), "ListConductCases": ("cdc",)},
    listed={"ListConductCases": "cdc"},
    plant=_plant,
    new=frozenset({"OpenConductCase"}),
    refused=frozenset({"DecideConductCase", "AppealConductCase", "DecideConductAppeal"}),
    repeated={
        "PutConductRule": ("partners", lambda scenario: {"terms": TERMS}),
        "SubmitConductStatement": (
            "partners",
            lambda scenario: {"id": scenario.held["conduct_case"], "statement": TEXT},
        ),
    },
    prepare=_prepare,
    drive=_drive,
)
