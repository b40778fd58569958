"""Forecasts demand, keeps the forecast, and compares it with what came."""

from datetime import datetime
from typing import NamedTuple

from libs.call import Command
from libs.store.paging import ListCommand, Range, filters_of, paged
from libs.store.port import Page, create
from services.orders.demand.documents import FORECASTS
from services.orders.demand.domain.forecast import DemandForecast, Outcome, forecast_of, outcome_of
from services.orders.demand.domain.periods import Basis, Grain, basis_of
from services.orders.demand.events import DemandForecasted
from services.orders.settings import Env
from services.orders.stock.reads import sales_of_article

_DEFAULT_HORIZON = {Grain.MONTH: 6, Grain.WEEK: 13}
_CREATED = Range("create_time", "created_since", "created_before")


class ForecastDemand(Command, frozen=True, kw_only=True):
    """Forecast the demand of an article at a partner, or at all. grain: None means months. horizon: 0 means six months
    or 13 weeks."""

    partner_id: str = ""
    sku: str
    grain: Grain | None = None
    basis: Basis | None = None
    horizon: int = 0


class GetDemandForecast(Command, frozen=True, kw_only=True):
    """Show a forecast."""

    id: str


class ListDemandForecasts(ListCommand, frozen=True, kw_only=True):
    """List forecasts; empty filters filter nothing."""

    partner_id: str = ""
    sku: str = ""
    created_since: datetime | None = None
    created_before: datetime | None = None


class Compared(NamedTuple):
    """A forecast and what came of it."""

    forecast: DemandForecast
    outcome: Outcome


async def forecast_demand(env: Env, cmd: ForecastDemand) -> DemandForecast:
    """The forecast; NoDemand, TooManyMovements."""
    sales, grain = await sales_of_article(env, cmd.sku, cmd.partner_id), cmd.grain or Grain.MONTH
    forecast = forecast_of(
        sales,
        id=env.ids.new("dfc"),
        partner_id=cmd.partner_id,
        sku=cmd.sku,
        grain=grain,
        basis=cmd.basis or basis_of(sales),
        horizon=cmd.horizon or _DEFAULT_HORIZON[grain],
        today=env.today(),
        now=env.clock.now(),
    )
    event = DemandForecasted(forecast_id=forecast.id, partner_id=forecast.partner_id, sku=forecast.sku)
    return await env.commit(create(FORECASTS, forecast), events=[event], call=cmd.call)


async def get_demand_forecast(env: Env, cmd: GetDemandForecast) -> Compared:
    """The forecast with its outcome; NotFound."""
    forecast = await env.show(FORECASTS, cmd.id, call=cmd.call)
    sales = await sales_of_article(env, forecast.sku, forecast.partner_id)
    return Compared(forecast, outcome_of(forecast, sales, today=env.today()))


async def list_demand_forecasts(env: Env, cmd: ListDemandForecasts) -> Page[DemandForecast]:
    """A page of forecasts, as they were made."""
    return await env.listing(FORECASTS, filters_of(cmd, "partner_id", "sku"), call=cmd.call, **paged(cmd, _CREATED))
