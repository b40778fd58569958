"""What the suites over all protos have to know of programmes and memberships."""

from datetime import timedelta
from typing import Any

from services.demo.scenario import ScenarioClient, day
from tests.capabilities import Calls
from tests.component.partners.tier_review.acts import enroll, publish
from tests.unit.partners.program.built import BASIC

_MINE = {name: lambda loaded: {"partner_id": loaded.rows["ptn"]} for name in ("ListEnrolments", "ListTierHistory")}
_NEED = {
    "metric": "REVENUE_ORDERED",
    "comparison": "COMPARISON_AT_LEAST",
    "threshold": "100000",
    "currency": "EUR",
    "window": "WINDOW_TYPE_YEAR",
}
_LEVELS: list[dict[str, Any]] = [
    {"code": "BASIC", "rank": 1},
    {
        "code": "GOLD",
        "rank": 2,
        "groups": [{"match": "REQUIREMENT_MATCH_ALL", "requirements": [_NEED]}],
        "benefits": {"claim_limit": 500},
    },
]


def _draft(scenario: ScenarioClient, code: str = "CHANNEL") -> dict[str, Any]:
    """A programme that has been in force since yesterday, today, or tomorrow, whatever the time zone."""
    return {
        "code": code,
        "levels": _LEVELS,
        "review_every": "REVIEW_PERIOD_QUARTER",
        "promotion": "PROMOTION_MODE_AT_ONCE",
        "effective_day": day(scenario.today),
    }


async def _plant(world: Any, one: Any) -> None:
    code = one.words.upper()
    await publish(world.partners, BASIC, code=code)
    enrolment = await enroll(world.partners, one.id, program=code)
    one.rows["enr"] = enrolment.id


async def _enrolled(scenario: ScenarioClient) -> str:
    """The membership of the partner in the north."""
    drafted = await scenario.ask("partners", "DraftProgram", **_draft(scenario))
    await scenario.ask("partners", "PublishProgram", id=drafted.program.id)
    asked = {"partner_id": scenario.held["north"], "program": "CHANNEL"}
    return str((await scenario.ask("partners", "Enroll", **asked)).enrolment.id)


async def _drive(scenario: ScenarioClient) -> None:
    enrolment = await _enrolled(scenario)
    until = day(scenario.today + timedelta(days=30))
    asked = {"id": enrolment, "level": "GOLD", "reason": "OVERRIDE_REASON_STRATEGIC", "last_day": until}
    overridden = await scenario.ask("partners", "OverrideTier", **asked)
    await scenario.ask_another("partners", "ConfirmDecision", id=overridden.decision.id)
    await scenario.refused("partners", "ConfirmPromotion", id=enrolment)
    await scenario.ask("partners", "EndEnrolment", id=enrolment)


CALLS = Calls(
    reads={**_MINE, "GetTierProgress": lambda loaded: {"partner_id": loaded.rows["ptn"]}},
    own=frozenset({*_MINE, "GetTierProgress"}),
    shown={"ListEnrolments": ("enr",), "GetTierProgress": ("enr",), "ListTierHistory": ("enr",)},
    listed={"ListEnrolments": "enr", "ListTierHistory": "enr"},
    plant=_plant,
    refused=frozenset({"PublishProgram", "Enroll", "EndEnrolment", "ConfirmPromotion", "OverrideTier"}),
    repeated={"DraftProgram": ("partners", lambda scenario: _draft(scenario, "REPEATED"))},
    drive=_drive,
)
