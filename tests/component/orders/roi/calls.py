"""What the suites over all protos have to know of returns on investment."""

from datetime import timedelta
from typing import Any

from services.demo.scenario import ScenarioClient, day, money
from tests.capabilities import Calls


def _terms(scenario: ScenarioClient) -> dict[str, Any]:
    begun = scenario.today - timedelta(days=30)
    period = {"first_day": day(begun), "last_day": day(scenario.today)}
    before = {"first_day": day(begun - timedelta(days=31)), "last_day": day(begun - timedelta(days=1))}
    cost = {"kind": "COST_KIND_PURCHASE", "amount": money(100), "period": period, "source": "contract 17"}
    return {
        "code": "PRM-1",
        "currency": "EUR",
        "period": period,
        "baseline": before,
        "margin_basis_points": 4_000,
        "margin_source": "controlling",
        "costs": [cost],
    }


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("orders", "PutRoiStatement", terms=_terms(scenario))


CALLS = Calls(repeated={"PutRoiStatement": ("orders", lambda scenario: {"terms": _terms(scenario)})}, drive=_drive)
