"""A forecast is made from what partners reported, kept, and compared with what came."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.orders.demand import usecases
from services.orders.demand.domain.forecast import DemandForecast, NoDemand
from services.orders.demand.domain.periods import Basis, Grain
from services.orders.stock.domain.movement import MovementKind
from tests.builders import an_id
from tests.component.orders.harness import PARTNER, Harness
from tests.component.orders.stock.test_stock import SKU, report

OTHER = an_id("ptn", 2)


async def forecast(harness: Harness, **fields: Any) -> DemandForecast:
    return await harness.run(usecases.forecast_demand, usecases.ForecastDemand, sku=SKU, **fields)


async def sold(harness: Harness, start: date, quantity: int, partner: str = PARTNER) -> None:
    await report(harness, MovementKind.SELL_THROUGH, quantity, date=start, partner_id=partner)


def _month(harness: Harness, back: int) -> date:
    first = harness.today.replace(day=1)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


async def test_a_forecast_adds_partners_and_is_compared_with_what_came(harness: Harness) -> None:
    for partner in (PARTNER, OTHER):
        await harness.partner(id=partner)
        for back in range(16, 0, -1):
            await sold(harness, _month(harness, back), 10 + back % 2, partner)
    made = await forecast(harness, horizon=3)
    assert (made.basis, made.history[0].start, made.history[0].quantity) == (
        Basis.SELL_THROUGH,
        _month(harness, 16),
        20,
    )
    assert (len(made.history), made.periods[0].start) == (16, _month(harness, 0))
    assert all(one.low <= one.mean <= one.high and abs(one.mean - 21) <= 1 for one in made.periods)
    await sold(harness, harness.today.replace(day=1), 30)
    harness.days(31)
    found = await harness.look(usecases.get_demand_forecast, usecases.GetDemandForecast, id=made.id)
    assert (found.forecast, [one.quantity for one in found.outcome.periods]) == (made, [30])
    assert found.outcome.accuracy.wape == ((30 - made.periods[0].mean) / 30).quantize(Decimal("0.001"))
    alone = await forecast(harness, partner_id=OTHER, grain=Grain.WEEK)
    assert (alone.history[0].quantity, len(alone.periods)) == (10, 13)


async def test_without_reports_shipments_are_the_demand(harness: Harness) -> None:
    await harness.partner()
    with pytest.raises(NoDemand):
        await forecast(harness)
    await report(harness, MovementKind.COUNT, 4)
    with pytest.raises(NoDemand):
        await forecast(harness, basis=Basis.SELL_IN)
