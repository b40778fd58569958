"""How much could be sold in a country, of a product line, in a year."""

from datetime import datetime

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.money import Money
from services.partners.coverage.events import MarketPotentialPut

POTENTIALS_PER_YEAR = 2_000


class MarketPotential(Document, frozen=True, kw_only=True):
    """A potential. source: who says so."""

    country: str
    product_line: str
    year: int
    amount: Money
    source: str = ""
    create_time: datetime
    update_time: datetime


class PotentialBook(Document, frozen=True, kw_only=True):
    """How many potentials a year has; the id is the year. Every commit that adds one writes it."""

    potentials: int = 0


class TooManyPotentials(AppError):
    """The year has the maximum number of potentials."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_POTENTIALS"

    def __init__(self, year: str) -> None:
        super().__init__(
            f"{year} has {POTENTIALS_PER_YEAR} potentials, the most there can be", year=year, limit=POTENTIALS_PER_YEAR
        )


def counted(book: PotentialBook) -> PotentialBook:
    """The book with one more potential; TooManyPotentials."""
    if book.potentials >= POTENTIALS_PER_YEAR:
        raise TooManyPotentials(book.id)
    return replace(book, potentials=book.potentials + 1)


def put(potential: MarketPotential) -> MarketPotentialPut:
    """The event of a potential."""
    return MarketPotentialPut(market_potential_id=potential.id, country=potential.country, year=potential.year)
