"""What the suites over all protos have to know of coverage."""

from typing import Any

from services.demo.scenario import ScenarioClient, money
from tests.capabilities import Calls

POTENTIAL: dict[str, Any] = {"country": "DE", "product_line": "ROUTERS", "year": 2026, "amount": money(1000)}


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("partners", "PutMarketPotential", **POTENTIAL)


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("partners", "PutMarketPotential", **{**POTENTIAL, "amount": money(1200)})


CALLS = Calls(
    repeated={"PutMarketPotential": ("partners", lambda scenario: POTENTIAL)},
    prepare=_prepare,
    drive=_drive,
)
