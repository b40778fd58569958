"""The pages of stock and demand: what runs out is listed with its flag, a forecast is drawn with its band."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from libs.runtime.cell import RunningCell
from services.demo.scenario import SERVICES, ScenarioClient, day
from tests.component.console.browsing import Browser
from tests.component.console.test_claim import two_partners


@pytest.fixture
async def held(cell: RunningCell) -> dict[str, str]:
    return await two_partners(cell)


async def test_what_runs_out_is_listed_and_a_forecast_is_drawn(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    async with cell.client() as client:
        today = cell.clock.now().date()
        scenario = ScenarioClient(dict.fromkeys(SERVICES, client), run="stock", today=today)
        asked: dict[str, Any] = {"partner_id": held["north"], "sku": "RTR-9"}
        for kind, ago, quantity in (("COUNT", 71, 100), *(("SELL_THROUGH", 7 * week + 1, 9) for week in range(10))):
            on = day(today - timedelta(days=ago))
            kind = f"STOCK_MOVEMENT_KIND_{kind}"
            await scenario.ask("orders", "ReportStock", kind=kind, date=on, quantity=quantity, **asked)
        made = (await scenario.ask("orders", "ForecastDemand", sku="RTR-9", grain="DEMAND_GRAIN_WEEK")).forecast
    await browser.sign_in("channel_manager")
    page = await browser.get("/lists/stock-running-out")
    assert "RTR-9" in page.html
    assert "Running out" in page.html
    page = await browser.get(f"/documents/{made.id}")
    assert page.html.count("<rect") == page.html.count('class="band"') == len(made.periods) == 13
    assert "Wape" in page.html
