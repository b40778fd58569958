"""CSV as RFC 4180 has it, with the delimiter and in the encoding that the mapping names, one record at a time.

Nothing is guessed: without a name the delimiter is a comma and the encoding UTF-8, or UTF-16 where the file begins with
the mark of it. A header that only another delimiter divides is refused, and the text names that delimiter. A record
that cannot be read is handed on with what is wrong with it, so that it is reported with its line and the rest of the
file is still read: from the next line on, for a quote that is never closed would take all that follows with it.
"""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from services.imports.lines import LINE_BYTES, UNDECODABLE, Lines

COMMA = ","
_OTHERS = (";", "\t", "|")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAKS = "\t\n\r"


class Problem(NamedTuple):
    """Why a record or a value cannot be used. field: a column, or a path in the message; empty for the record."""

    field: str
    reason: str
    description: str


class Row(NamedTuple):
    """A record: the file it is from, the line it starts on (the header is line 1), its text by column. problems: why it
    cannot be used; remarks: what was done so that it can."""

    file: str
    line: int
    values: dict[str, str]
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()

    def without_controls(self) -> "Row":
        """The row without control characters, each named in its remarks; line breaks and tabs become spaces."""
        remarks, values = [], dict(self.values)
        for column, text in self.values.items():
            if found := _CONTROL.findall(text):
                first = text.index(found[0])
                what = f"the character U+{ord(found[0]):04X} at position {first + 1} of column {column} is a control"
                what += (
                    f" character and was removed, and {len(found) - 1} more"
                    if found[1:]
                    else " character and was removed"
                )
                remarks.append(Problem(column, "CONTROL_REMOVED", what))
                values[column] = _CONTROL.sub(lambda one: " " if one[0] in _BREAKS else "", text)
        return self._replace(values=values, remarks=tuple(remarks)) if remarks else self


class NotATable(ValueError):
    """The file cannot be read as a table at all: absent, empty, or its header is not one."""


class Table:
    """A CSV file with a header row. NotATable when it has none.

    encoding: UTF-8 if empty, or UTF-16 if the file begins with its mark. delimiter: the comma if empty.
    """

    def __init__(self, path: Path, *, encoding: str = "", delimiter: str = "") -> None:
        self.path = path
        self._encoding = encoding
        self._delimiter = delimiter or COMMA
        self.columns = self._header(named=bool(delimiter))

    def __iter__(self) -> Iterator[Row]:
        """Every record below the header, blank lines left out. Holds one record in memory."""
        with self.path.open("rb") as file:
            lines = Lines(file, self._encoding)
            reader = csv.reader(lines, strict=True, delimiter=self._delimiter)
            next(reader)
            while True:
                first = lines.begin()
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error as err:
                    what = f"is not RFC 4180: {err}{_where(first, lines.count)}"
                    yield Row(self.path.name, first, {}, (Problem("", "NOT_CSV", what),))
                    lines.resume()
                    continue
                if record:
                    yield self._row(first, record, lines)

    def _row(self, line: int, record: list[str], lines: Lines) -> Row:
        problems = []
        if lines.too_long:
            problems.append(Problem("", "LINE_TOO_LONG", f"is longer than {LINE_BYTES} bytes"))
            lines.too_long = False
        if len(record) != len(self.columns):
            what = f"has {len(record)} fields, the header has {len(self.columns)}"
            problems.append(Problem("", "WRONG_FIELD_COUNT", what))
        bad = iter(lines.undecodable)
        for position, (column, text) in enumerate(zip(self.columns, record, strict=False)):
            if found := UNDECODABLE.findall(text):
                problems.append(Problem(column, "WRONG_ENCODING", next(bad, lines.more_undecodable)))
                next(islice(bad, len(found) - 1, len(found) - 1), None)
                record[position] = UNDECODABLE.sub("\ufffd", text)
        values = dict(zip(self.columns, [*record, *[""] * len(self.columns)], strict=False))
        return Row(self.path.name, line, values, tuple(problems))

    def _header(self, *, named: bool) -> tuple[str, ...]:
        try:
            with self.path.open("rb") as file:
                lines = Lines(file, self._encoding)
                columns = tuple(next(csv.reader(lines, strict=True, delimiter=self._delimiter), ()))
        except OSError as err:
            raise NotATable(f"{self.path} cannot be read: {err.strerror}") from err
        except csv.Error as err:
            raise NotATable(f"{self.path}: its header is not RFC 4180: {err}") from err
        twice = sorted({one for one in columns if columns.count(one) > 1})
        if not columns or twice or any(UNDECODABLE.search(one) for one in columns):
            what = f"names {', '.join(twice)} twice" if twice else f"is missing or not {self._encoding or 'UTF-8'}"
            raise NotATable(f"{self.path}: its header {what}")
        if len(columns) == 1 and not named and (other := _divider(columns[0])):
            what = f"is one column with commas; {other!r} divides it: if that is right, say `delimiter: {other!r}`"
            raise NotATable(f"{self.path}: its header {what}")
        return columns


def _divider(header: str) -> str:
    """The one delimiter that divides a header which commas do not; empty if there is none or more than one."""
    found = [one for one in _OTHERS if one in header]
    return found[0] if len(found) == 1 else ""


def _where(first: int, last: int) -> str:
    return f", in line {last}; reading goes on in line {first + 1}" if last > first else ""
