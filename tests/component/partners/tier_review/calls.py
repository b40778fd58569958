"""What the suites over all protos have to know of programmes and memberships."""

from datetime import timedelta
from typing import Any

from libs.rpc.client import CallFailed
from services.demo.scenario import ScenarioClient, day
from tests.capabilities import Calls
from tests.component.partners.tier_review.acts import enroll, publish
from tests.unit.partners.program.built import BASIC

_MINE = {name: lambda loaded: {"partner_id": loaded.rows["ptn"]} for name in ("ListEnrolments", "ListTierHistory")}
_NEED = {
    "metric": "COMPLAINTS",
    "comparison": "COMPARISON_AT_MOST",
    "threshold": "100000",
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


def _draft(scenario: ScenarioClient, **fields: Any) -> dict[str, Any]:
    """A programme in which every partner has earned GOLD at the end of the month."""
    given = {"code": "CHANNEL", "review_every": "REVIEW_PERIOD_MONTH", "effective_day": day(scenario.today)}
    return {**given, "levels": _LEVELS, "promotion": "PROMOTION_MODE_BY_CONFIRMATION", **fields}


async def _plant(world: Any, one: Any) -> None:
    code = one.words.upper()
    await publish(world.partners, BASIC, code=code)
    enrolment = await enroll(world.partners, one.id, program=code)
    one.rows["enr"] = enrolment.id


async def _published(scenario: ScenarioClient) -> None:
    """A programme in force. The first day that the cell accepts is its today, which the clock may have brought far from
    the day on which the scenario began."""
    drafted = (await scenario.ask("partners", "DraftProgram", **_draft(scenario))).program
    now = drafted.update_time.ToDatetime().date()
    for days in (-1, 0, 1):
        await scenario.ask("partners", "DraftProgram", **_draft(scenario, effective_day=day(now + timedelta(days))))
        try:
            await scenario.ask("partners", "PublishProgram", id=drafted.id)
            return
        except CallFailed as err:
            if [one.reason for one in err.violations] != ["EFFECTIVE_TOO_SOON"]:
                raise


async def _drive(scenario: ScenarioClient) -> None:
    await _published(scenario)
    far = {"code": "FAR", "effective_day": {"year": 9999, "month": 12, "day": 31}}
    wrong = (await scenario.ask("partners", "DraftProgram", **_draft(scenario, **far))).program
    await scenario.ask("partners", "PublishProgram", id=wrong.id)
    await scenario.ask("partners", "WithdrawProgram", id=wrong.id)
    asked = {"partner_id": scenario.held["north"], "program": "CHANNEL"}
    enrolment = (await scenario.ask("partners", "Enroll", **asked)).enrolment
    last = enrolment.review_last_day
    asked = {"id": enrolment.id, "level": "GOLD", "reason": "OVERRIDE_REASON_STRATEGIC", "last_day": last}
    overridden = await scenario.ask("partners", "OverrideTier", **asked)
    await scenario.ask_another("partners", "ConfirmDecision", id=overridden.decision.id)
    if scenario.wait is not None:
        await scenario.wait(timedelta(days=32))
        promoted = await scenario.eventually("partners", "ConfirmPromotion", id=enrolment.id)
        last = promoted.enrolment.review_last_day
    await scenario.ask("partners", "EndEnrolment", id=enrolment.id, last_day=last)
    await scenario.ask("partners", "WithdrawEnrolmentEnd", id=enrolment.id)
    await scenario.ask("partners", "EndEnrolment", id=enrolment.id, reason="ENROLMENT_END_REASON_PARTNER_WISH")


CALLS = Calls(
    reads={**_MINE, "GetTierProgress": lambda loaded: {"partner_id": loaded.rows["ptn"]}},
    own=frozenset({*_MINE, "GetTierProgress"}),
    shown={"ListEnrolments": ("enr",), "GetTierProgress": ("enr",), "ListTierHistory": ("enr",)},
    listed={"ListEnrolments": "enr", "ListTierHistory": "enr"},
    plant=_plant,
    refused=frozenset(
        {
            "PublishProgram",
            "WithdrawProgram",
            "Enroll",
            "EndEnrolment",
            "WithdrawEnrolmentEnd",
            "ConfirmPromotion",
            "OverrideTier",
        }
    ),
    repeated={"DraftProgram": ("partners", lambda scenario: _draft(scenario, code="REPEATED"))},
    drive=_drive,
)
