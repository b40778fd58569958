"""The kinds of territory grants and their totals, with their indexes."""

from libs.store.port import Index, Kind
from services.partners.territories.domain import GrantTotals, TerritoryGrant

TERRITORIES = Kind(
    "territory",
    TerritoryGrant,
    (
        Index(("partner_id",)),
        Index(("country", "ends")),
        Index(("country", "exclusive", "ends")),
        Index(("country",)),
    ),
    owner="partner_id",
)
GRANT_TOTALS = Kind("country_book", GrantTotals)

KINDS = (TERRITORIES, GRANT_TOTALS)
