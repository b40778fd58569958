"""The event of demand forecasts; the proto documents it."""

import msgspec


class DemandForecasted(msgspec.Struct, frozen=True, kw_only=True):
    forecast_id: str
    partner_id: str
    sku: str
