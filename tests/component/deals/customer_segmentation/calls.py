"""What the suites over all protos have to know of the segmentation of end customers."""

from typing import Any

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls

RULE: dict[str, Any] = {
    "window_months": 12,
    "currency": "EUR",
    "classes": [{"code": "A", "upper_basis_points": 8_000}, {"code": "B", "upper_basis_points": 10_000}],
    "life_cycle_rules": {
        "new_months": 3,
        "lost_months": 6,
        "trend_months": 3,
        "at_risk_basis_points": 2_000,
        "growing_basis_points": 2_000,
    },
}
FAR = {"year": 2099, "month": 1, "day": 1}


async def _drive(scenario: ScenarioClient) -> None:
    drafted = (await scenario.ask("deals", "DraftCustomerSegmentationRule", **RULE)).customer_segmentation_rule
    await scenario.ask("deals", "PublishCustomerSegmentationRule", id=drafted.id, effective_day=FAR)
    await scenario.ask("deals", "WithdrawCustomerSegmentationRule", id=drafted.id)
    await scenario.ask("deals", "DraftCustomerSegmentationRule", **RULE)


CALLS = Calls(
    refused=frozenset({"PublishCustomerSegmentationRule", "WithdrawCustomerSegmentationRule"}),
    repeated={"DraftCustomerSegmentationRule": ("deals", lambda _: RULE)},
    drive=_drive,
)
