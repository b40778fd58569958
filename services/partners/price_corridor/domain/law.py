"""Which bounds of resellers' prices are lawful, by country: dated rows of `lawful.csv`, and the facts of the cell.

Both must say so: the table has what is known of the law, and the facts of a cell (`deploy/cells/<cell>/facts`) are the
vendor's switch, which counsel confirms. Without a row a bound is unlawful. Counsel must check the table.
"""

import csv
from collections.abc import Iterable
from datetime import date
from enum import Enum
from importlib.resources import files

import msgspec

from libs.country import LawfulBound
from libs.errors import AppError, Code

_YES = "yes"


class PriceBound(Enum):
    """A kind of bound."""

    FLOOR = "FLOOR"
    CEILING = "CEILING"
    RECOMMENDED = "RECOMMENDED"


class LawRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: from a day on, whether a bound is lawful in these countries. source: where the law stands."""

    countries: frozenset[str]
    bound: PriceBound
    since: date
    lawful: bool
    law: str
    source: str


class PriceBoundStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a bound is lawful in a country on a day. since: None if no law is known."""

    bound: PriceBound
    lawful: bool
    law: str = ""
    since: date | None = None


class NotLawfulHere(AppError):
    """The law of the country forbids the bound, or none is known that allows it."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_LAWFUL_HERE"

    def __init__(self, country: str, standing: PriceBoundStanding) -> None:
        law = f" ({standing.law})" if standing.law else ", as far as is known"
        super().__init__(
            f"a {standing.bound.name} of resellers' prices is not lawful in {country}{law}",
            country=country,
            bound=standing.bound.name,
            law=standing.law,
        )


def read_table(text: str) -> tuple[LawRow, ...]:
    """The rows of a table; ValueError for a row that is none."""
    return tuple(
        LawRow(
            countries=frozenset(row["countries"].split()),
            bound=PriceBound(row["bound"]),
            since=date.fromisoformat(row["since"]),
            lawful=row["lawful"] == _YES,
            law=row["law"],
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


TABLE = read_table((files(__package__) / "lawful.csv").read_text(encoding="utf-8"))


def standing_of(
    bound: PriceBound, country: str, *, on: date, facts: Iterable[LawfulBound], table: Iterable[LawRow] = TABLE
) -> PriceBoundStanding:
    """Whether a bound is lawful in a country on a day: by the newest row that holds, and by the facts of the cell."""
    rows = [one for one in table if one.bound is bound and country in one.countries and one.since <= on]
    newest = max(rows, key=lambda one: one.since, default=None)
    if newest is None:
        return PriceBoundStanding(bound=bound, lawful=False)
    switched_on = any(one.bound == bound.value and one.since <= on for one in facts)
    return PriceBoundStanding(bound=bound, lawful=newest.lawful and switched_on, law=newest.law, since=newest.since)
