"""What is at hand while one message is built: the rows, the look-ups, and a list of what there is to say."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from services.imports.grouping import Group
from services.imports.mapping import Of, Test
from services.imports.notes import Note, Outcome, about
from services.imports.rules import Place, Settled, holds
from services.imports.table import Row

LOOKUP_ROWS = 200_000


class TooManyRows(ValueError):
    """A look-up table does not fit the memory it may take, or its key is not unique."""


class Known(msgspec.Struct, frozen=True):
    """A look-up table: its columns, and its rows by key."""

    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]


def load(columns: tuple[str, ...], rows: Iterable[Row], key: str) -> Known:
    """The look-up in a file; TooManyRows above LOOKUP_ROWS, for a key that comes twice, or a row that is not right."""
    found: dict[str, Mapping[str, str]] = {}
    for row in rows:
        if row.problems or row.values[key] in found:
            what = row.problems[0].description if row.problems else f"has {key} {row.values[key]!r} again"
            raise TooManyRows(f"{row.file}, line {row.line}: {what}")
        found[row.values[key]] = row.values
        if len(found) > LOOKUP_ROWS:
            raise TooManyRows(f"{row.file} has more than {LOOKUP_ROWS} rows")
    return Known(columns, found)


class Scope:
    """One message while it is built.

    What is read outside any `each` the message takes once, so the rows must agree in it: LINES_DISAGREE. settled: the
    columns of rows, or details, of which a rule has said what happens where they do not. siblings: the rows of the
    `each` that is being built. shares: what was computed for them, by value and row.
    """

    def __init__(self, group: Group, settled: Settled = frozenset()) -> None:
        self.group = group
        self.notes: list[Note] = []
        self.refusals = 0
        self.siblings: tuple[Row, ...] = ()
        self.shares: dict[int, dict[tuple[str, int], Decimal]] = {}
        self._each: Row | None = None
        self._compared = set(settled)
        self._sources: dict[str, Row] = {}
        self._columns: dict[str, dict[str, None]] = {}
        self._said: set[tuple[str, int, str, str]] = set()

    @property
    def refused(self) -> bool:
        """Whether the message must not be sent."""
        return any(note.outcome is Outcome.REFUSED for note in self.notes)

    @property
    def row(self) -> Row:
        """The row that is being read: one of `each`, or the first of the group."""
        return self._each if self._each is not None else self.group.rows[0]

    def read(self, of: Of, column: str, path: str) -> str:
        """What a column says; empty where there is no detail row."""
        self._columns.setdefault(path, {})[column] = None
        if of == "row" and self._each is not None:
            return self._each.values[column]
        rows = self.group.details if of == "details" else self.group.rows
        place: Place = ("details" if of == "details" else "row", column)
        if place not in self._compared:
            self._compared.add(place)
            self._compare(rows, lambda row: row.values[column], column, path)
        return rows[0].values[column] if rows else ""

    def holds(self, tests: Mapping[str, Test], path: str) -> bool:
        """Whether a condition holds for what is being read."""
        if self._each is None and any(("row", column) not in self._compared for column in tests):
            self._compare(self.group.rows, lambda row: holds(tests, row.values), ", ".join(tests), path)
        return holds(tests, self.row.values)

    def enter(self, path: str, row: Row) -> Row | None:
        """Read from `row` from now on, which becomes what stands at `path`; gives what to come back to."""
        before, self._each = self._each, row
        self._sources[path] = row
        return before

    def turn(self, row: Row | None) -> None:
        """Read from another row of the same `each` for a while; None: from what the message takes once."""
        self._each = row

    def leave(self, before: Row | None) -> None:
        """Read on from where one was before `enter`."""
        self._each = before

    def say(self, outcome: Outcome, field: str, reason: str, description: str) -> None:
        """Note something about the row that is being read, once whatever fields it concerns; a refusal names the
        columns that were read for the field."""
        whole = description
        if outcome is Outcome.REFUSED:
            self.refusals += 1
            whole += self._column(field)
        self._note(about(self.row, outcome, field=field, reason=reason, description=whole), description)

    def say_at(self, path: str, reason: str, description: str) -> None:
        """Refuse because of what stands at a path of the finished message; the row and the columns it came from are
        named."""
        known = [one for one in self._sources if path == one or path.startswith(f"{one}.")]
        row = self._sources[max(known, key=len)] if known else self.group.rows[0]
        description += self._column(path)
        self._note(about(row, Outcome.REFUSED, field=path, reason=reason, description=description))

    def _column(self, path: str) -> str:
        columns = ", ".join(self._columns.get(path, ()))
        return f" (column {columns})" if columns else ""

    def _compare(self, rows: tuple[Row, ...], said: Callable[[Row], object], columns: str, path: str) -> None:
        other = next((row for row in rows if said(row) != said(rows[0])), None)
        if other is not None:
            what = f"{columns} differs from line {rows[0].line}, the message has room for one"
            self.refusals += 1
            self._note(about(other, Outcome.REFUSED, field=path, reason="LINES_DISAGREE", description=what))

    def _note(self, note: Note, description: str = "") -> None:
        """Keep a note, unless the same was noted of the row. description: by which it is recognised, if not its own."""
        said = (note.file, note.line, note.reason, description or note.description)
        if said not in self._said:
            self._said.add(said)
            self.notes.append(note)
