"""What the suites over all protos have to know of demand."""

from datetime import timedelta

from services.demo.scenario import ScenarioClient, day
from tests.capabilities import Calls

_SKU = "DEMAND-1"


async def _drive(scenario: ScenarioClient) -> None:
    long_ago = day(scenario.today - timedelta(days=40))
    sold = {"partner_id": scenario.held["north"], "kind": "STOCK_MOVEMENT_KIND_SELL_THROUGH", "date": long_ago}
    await scenario.ask("orders", "ReportStock", sku=_SKU, quantity=3, **sold)
    await scenario.ask("orders", "ForecastDemand", sku=_SKU)


CALLS = Calls(new=frozenset({"ForecastDemand"}), drive=_drive)
