"""What the suites over all protos have to know of price corridors."""

from typing import Any

from services.demo.scenario import ScenarioClient, day, money
from tests.capabilities import Calls
from tests.component.partners.conduct.calls import TERMS

RULE = {**TERMS, "code": "PRICE"}


def _bounds(scenario: ScenarioClient) -> dict[str, Any]:
    prices = {"floor": money(80), "ceiling": money(120)}
    item = {"country": "DE", "sku": "R-1", "rule_code": "PRICE"}
    return {**item, **prices, "first_day": day(scenario.today.replace(year=scenario.today.year + 1, day=1))}


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("partners", "PutConductRule", terms=RULE)
    await scenario.ask("partners", "PutPriceCorridor", bounds=_bounds(scenario))


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    asked = {"source": "PRICE_SOURCE_SELL_THROUGH", "country": "DE", "sku": "R-1", "price": money(99)}
    seen = {**asked, "priced_on": day(scenario.today.replace(day=1))}
    await scenario.ask("partners", "ReportPrice", partner_id=scenario.held["north"], **seen)
    changed = {**_bounds(scenario), "ceiling": money(130)}
    await scenario.ask("partners", "PutPriceCorridor", bounds=changed)


CALLS = Calls(
    new=frozenset({"ReportPrice"}),
    repeated={"PutPriceCorridor": ("partners", lambda scenario: {"bounds": _bounds(scenario)})},
    prepare=_prepare,
    drive=_drive,
)
