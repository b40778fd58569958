"""The events of price corridors; the protos document each of them."""

import msgspec

from services.partners.price_corridor.domain.check import PriceOutcome
from services.partners.price_corridor.domain.law import PriceBound


class PriceCorridorPut(msgspec.Struct, frozen=True, kw_only=True):
    price_corridor_id: str
    country: str
    sku: str
    product_line: str


class PriceReportRecorded(msgspec.Struct, frozen=True, kw_only=True):
    price_report_id: str
    partner_id: str
    outcome: PriceOutcome
    bound: PriceBound | None
    conduct_case_id: str
