"""The kind of forecasts of demand."""

from libs.store.paging import serving
from libs.store.port import Kind
from services.orders.demand.domain.forecast import DemandForecast

FORECASTS = Kind(
    "demand_forecast", DemandForecast, (*serving("partner_id", "sku", orders=("", "create_time")),), owner="partner_id"
)

KINDS = (FORECASTS,)
