"""The kinds of territory grants and their totals, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.territories.domain import GrantTotals, TerritoryGrant

TERRITORIES = Kind(
    "territory",
    TerritoryGrant,
    (
        *serving("partner_id", "country", orders=("", "update_time")),
        Index(("country", "ends")),
        Index(("country", "exclusive", "ends")),
    ),
    owner="partner_id",
)
GRANT_TOTALS = Kind("country_book", GrantTotals)

KINDS = (TERRITORIES, GRANT_TOTALS)
