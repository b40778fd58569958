"""What is at hand while one message is built: the rows, the look-ups, and a list of what there is to say."""

from collections.abc import Mapping

import msgspec

from services.imports.grouping import Group
from services.imports.mapping import Of
from services.imports.notes import Note, Outcome, about
from services.imports.table import Row, Table

LOOKUP_ROWS = 200_000


class TooManyRows(ValueError):
    """A look-up table does not fit the memory it may take, or its key is not unique."""


class Known(msgspec.Struct, frozen=True):
    """A look-up table: its columns, and its rows by key."""

    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]


def load(table: Table, key: str) -> Known:
    """The look-up in a file; TooManyRows above LOOKUP_ROWS, for a key that comes twice, or a row that is not right."""
    found: dict[str, Mapping[str, str]] = {}
    for row in table:
        if row.problems or row.values[key] in found:
            what = row.problems[0].description if row.problems else f"has {key} {row.values[key]!r} again"
            raise TooManyRows(f"{row.file}, line {row.line}: {what}")
        found[row.values[key]] = row.values
        if len(found) > LOOKUP_ROWS:
            raise TooManyRows(f"{row.file} has more than {LOOKUP_ROWS} rows")
    return Known(table.columns, found)


class Scope:
    """One message while it is built. `row` is the row that is being read, the first of the group outside any `each`."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.row = group.rows[0]
        self.notes: list[Note] = []
        self.refusals = 0
        self._sources: dict[str, Row] = {}
        self._said: set[tuple[str, int, str, str]] = set()

    @property
    def refused(self) -> bool:
        """Whether the message must not be sent."""
        return any(note.outcome is Outcome.REFUSED for note in self.notes)

    def pick(self, of: Of) -> Row | None:
        """The row a value is read from; None where there is no detail row."""
        if of == "row":
            return self.row
        if of == "header":
            return self.group.rows[0]
        return self.group.details[0] if self.group.details else None

    def enter(self, path: str, row: Row) -> Row:
        """Read from `row` from now on, which becomes what stands at `path`; gives the row read from before."""
        before, self.row = self.row, row
        self._sources[path] = row
        return before

    def say(self, outcome: Outcome, field: str, reason: str, description: str) -> None:
        """Note something about the row that is being read, once whatever fields it concerns."""
        self.refusals += outcome is Outcome.REFUSED
        self._note(about(self.row, outcome, field=field, reason=reason, description=description))

    def say_at(self, path: str, reason: str, description: str) -> None:
        """Refuse because of what stands at a path of the finished message; the row it came from is named."""
        known = [one for one in self._sources if path == one or path.startswith(f"{one}.")]
        row = self._sources[max(known, key=len)] if known else self.group.rows[0]
        self._note(about(row, Outcome.REFUSED, field=path, reason=reason, description=description))

    def _note(self, note: Note) -> None:
        said = (note.file, note.line, note.reason, note.description)
        if said not in self._said:
            self._said.add(said)
            self.notes.append(note)
