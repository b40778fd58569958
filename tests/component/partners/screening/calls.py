"""What the suites over all protos have to know of screening."""

from datetime import timedelta
from typing import Any

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls

LIST, ENTRY = "TEST-1", "E1"
JUDGED = {
    "list": LIST,
    "entry_code": ENTRY,
    "verdict": "SCREENING_VERDICT_NO_MATCH",
    "reason": "SCREENING_REASON_REGISTRATION",
}


async def _page(scenario: ScenarioClient) -> dict[str, Any]:
    partner = (await scenario.ask("partners", "GetPartner", id=scenario.held["north"])).partner
    entry = {"entry_code": ENTRY, "kind": "SCREENING_ENTRY_KIND_ORGANISATION", "name": partner.legal_name}
    return {"list": LIST, "published_on": {"year": 2026, "month": 1, "day": 1}, "entries": [entry], "final": True}


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("partners", "PutScreeningEntries", **await _page(scenario))
    north = scenario.held["north"]
    if scenario.wait is not None:  # the jobs of this cell run only when time is let pass
        await scenario.wait(timedelta(minutes=1))
    await scenario.eventually("partners", "GetScreening", lambda found: found.screening.open_count > 0, id=north)
    await scenario.ask("partners", "JudgeScreeningCandidate", id=north, **JUDGED)


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    later = {**await _page(scenario), "published_on": {"year": 2026, "month": 2, "day": 1}}
    await scenario.ask("partners", "PutScreeningEntries", **later)


CALLS = Calls(
    repeated={
        "PutScreeningEntries": (
            "partners",
            lambda scenario: {"list": LIST, "published_on": {"year": 2026, "month": 1, "day": 1}, "final": True},
        ),
        "JudgeScreeningCandidate": ("partners", lambda scenario: {"id": scenario.held["north"], **JUDGED}),
    },
    prepare=_prepare,
    drive=_drive,
)
