"""The kinds of price lists and their revisions, with their indexes."""

from libs.store.port import Index, Kind
from services.orders.pricing.domain import PriceList, PriceListRevision

PRICE_LISTS = Kind("price_list", PriceList, (Index(("code",), unique=True), Index(("currency",))), kept=True)
REVISIONS = Kind("price_list_revision", PriceListRevision)
KINDS = (PRICE_LISTS, REVISIONS)
