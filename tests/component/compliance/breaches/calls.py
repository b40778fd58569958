"""What the suites over all protos have to know of breaches."""

from typing import Any

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


def _facts(persons: int) -> dict[str, Any]:
    return {
        "what_happened": {"text": "A laptop was stolen."},
        "kinds": ["BREACH_KIND_CONFIDENTIALITY"],
        "categories": ["user.name"],
        "person_count": persons,
        "risk": "BREACH_RISK_LIKELY",
        "countries": ["DE"],
    }


async def _prepare(scenario: ScenarioClient) -> None:
    made = await scenario.ask("compliance", "RecordBreach", facts=_facts(3))
    scenario.held["breach"] = made.breach.id


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    breach = scenario.held["breach"]
    await scenario.ask("compliance", "AmendBreach", id=breach, facts=_facts(4))
    notice = {
        "regime": "REGIME_GDPR",
        "addressee": "NOTICE_ADDRESSEE_AUTHORITY",
        "step": "NOTICE_STEP_INITIAL",
        "recipient": "LfDI",
    }
    await scenario.ask("compliance", "RecordNotice", breach_id=breach, **notice)
    asked = await scenario.ask("compliance", "CloseBreach", id=breach)
    await scenario.ask_another("compliance", "ConfirmDecision", id=asked.decision.id)


CALLS = Calls(
    new=frozenset({"RecordBreach", "RecordNotice"}),
    refused=frozenset({"CloseBreach"}),
    repeated={
        "AmendBreach": ("compliance", lambda scenario: {"id": scenario.held["breach"], "facts": _facts(5)}),
    },
    prepare=_prepare,
    drive=_drive,
)
