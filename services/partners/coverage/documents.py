"""The kinds of market potentials, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.coverage.domain.potential import MarketPotential, PotentialBook

POTENTIALS = Kind(
    "market_potential",
    MarketPotential,
    (
        *serving("year", "country", orders=("", "update_time")),
        Index(("year", "country", "product_line"), unique=True),
    ),
)
POTENTIAL_BOOKS = Kind("potential_book", PotentialBook)

KINDS = (POTENTIALS, POTENTIAL_BOOKS)
