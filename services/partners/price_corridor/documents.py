"""The kinds of corridors and reported prices, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.price_corridor.domain.check import PriceReport
from services.partners.price_corridor.domain.corridor import PriceCorridor

PRICE_CORRIDORS = Kind(
    "price_corridor",
    PriceCorridor,
    (
        Index(("country", "sku", "product_line", "currency", "first_day"), unique=True),
        *serving("country", "sku", "product_line", orders=("", "update_time")),
    ),
)
PRICE_REPORTS = Kind("price_report", PriceReport, (Index(("partner_id",)),), owner="partner_id")

KINDS = (PRICE_CORRIDORS, PRICE_REPORTS)
