"""Between which countries goods may be resold: dated rows of `lawful.csv` for ordered pairs of countries, and the facts
of the cell.

Both must say so: the table has what is known of the law, and `lawful_trade` of the cell (`deploy/cells/<cell>/facts`)
names the group of rows that counsel confirmed for it. Without a row the trade is not lawful. Counsel must check the
table.
"""

import csv
from collections.abc import Iterable
from datetime import date
from importlib.resources import files

import msgspec

_YES = "yes"


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: from a day on, whether what was sold in one of `sold_in` may be resold in any of `seen_in`.
    source: where the law stands."""

    group: str
    sold_in: frozenset[str]
    seen_in: frozenset[str]
    since: date
    lawful: bool
    law: str
    source: str


def read_table(text: str) -> tuple[TradeRow, ...]:
    """The rows of a table; ValueError for a row that is none."""
    return tuple(
        TradeRow(
            group=row["group"],
            sold_in=frozenset(row["sold_in"].split()),
            seen_in=frozenset(row["seen_in"].split()),
            since=date.fromisoformat(row["since"]),
            lawful=row["lawful"] == _YES,
            law=row["law"],
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


TABLE = read_table((files(__package__) / "lawful.csv").read_text(encoding="utf-8"))


def lawful_by(
    sold_in: str, seen_in: str, *, on: date, group: str, table: Iterable[TradeRow] = TABLE
) -> TradeRow | None:
    """The row by which goods of one country may be resold in another on a day; None if no row allows it. group: the
    `lawful_trade` of the cell; of the rows about a pair the newest counts."""
    rows = [
        one
        for one in table
        if one.group == group and one.since <= on and sold_in in one.sold_in and seen_in in one.seen_in
    ]
    newest = max(rows, key=lambda one: one.since, default=None)
    return newest if newest is not None and newest.lawful else None
