"""What the suites over all protos have to know of incentive plans."""

from datetime import timedelta
from typing import Any

from services.demo.scenario import ScenarioClient, day, money
from tests.capabilities import Calls


def plan(scenario: ScenarioClient, code: str = "VOLUME") -> dict[str, Any]:
    """A plan that pays partners ten percent of what they are invoiced, from the day after tomorrow on."""
    bands = [{"from_amount": money(0), "basis_points": 1000}]
    return {
        "code": code,
        "beneficiaries": {"kind": "BENEFICIARY_KIND_PARTNER"},
        "basis": "PLAN_BASIS_INVOICED",
        "rules": [{"code": "ALL", "kind": "RATE_KIND_FLAT", "bands": bands}],
        "currency": "EUR",
        "calendar": "PAYOUT_CALENDAR_MONTH",
        "clawback": "CLAWBACK_PERIOD_SALE",
        "effective_day": day(scenario.today + timedelta(days=2)),
    }


async def _drive(scenario: ScenarioClient) -> None:
    made = (await scenario.ask("orders", "DraftIncentivePlan", **plan(scenario))).plan
    await scenario.ask("orders", "PublishIncentivePlan", id=made.id)
    await scenario.ask("orders", "RetireIncentivePlan", id=made.id, last_day=day(scenario.today + timedelta(days=60)))


CALLS = Calls(
    refused=frozenset({"PublishIncentivePlan", "RetireIncentivePlan"}),
    repeated={"DraftIncentivePlan": ("orders", plan)},
    drive=_drive,
)
