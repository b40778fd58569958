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

from services.imports.faults import fault_of, where
from services.imports.lines import LINE_BYTES, UNDECODABLE, Lines

COMMA = ","
_OTHERS = (";", "\t", "|")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAKS = "\t\n\r"
_ARCHIVE = "PK\x03\x04"
_NOTE = re.compile("sep=(.)", re.IGNORECASE)


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
                    yield Row(self.path.name, first, {}, (self._not_csv(first, lines, err),))
                    lines.resume()
                    continue
                if record:
                    yield self._row(first, record, lines)

    def _not_csv(self, first: int, lines: Lines, err: csv.Error) -> Problem:
        record = lines.record
        fault = fault_of(record, self._delimiter)
        on = f"; reading goes on in line {first + 1}" if lines.count > first else ""
        if fault is None:
            return Problem("", "NOT_CSV", f"is not RFC 4180: {err}{on}")
        column = self.columns[fault.column] if fault.column < len(self.columns) else f"field {fault.column + 1}"
        return Problem(column, "NOT_CSV", f"{column} {fault.what} ({where(record, fault.place, first)}){on}")

    def _row(self, line: int, record: list[str], lines: Lines) -> Row:
        problems = []
        if lines.too_long:
            problems.append(Problem("", "LINE_TOO_LONG", f"is longer than {LINE_BYTES} bytes"))
            lines.too_long = False
        if len(record) != len(self.columns):
            what = f"has {_fields(len(record))}, the header has {len(self.columns)}"
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
                lines.begin()
                columns = tuple(next(csv.reader(lines, strict=True, delimiter=self._delimiter), ()))
        except OSError as err:
            raise NotATable(f"{self.path} cannot be read: {err.strerror}") from err
        except csv.Error as err:
            fault = fault_of(lines.record, self._delimiter)
            what = (
                f"field {fault.column + 1} {fault.what} ({where(lines.record, fault.place, 1)})" if fault else f"{err}"
            )
            raise NotATable(f"{self.path}: its header is not RFC 4180: {what}") from err
        if wrong := self._no_header(columns, lines):
            raise NotATable(f"{self.path} {wrong}")
        if len(columns) == 1 and not named and (other := _divider(columns[0])):
            what = f"is one column with commas; {other!r} divides it: if that is right, say `delimiter: {other!r}`"
            raise NotATable(f"{self.path}: its header {what}")
        return columns

    def _no_header(self, columns: tuple[str, ...], lines: Lines) -> str:
        """Why the first line is no header; empty if it is one."""
        if lines.record.startswith(_ARCHIVE):
            return "is no text but an archive, as spreadsheets are: export it as CSV"
        if not columns:
            return "begins with an empty line, where its header is expected" if lines.count else "is empty"
        if lines.undecodable:
            return f"has a header that is no text: {lines.undecodable[0]}"
        if note := _NOTE.fullmatch(lines.record.rstrip("\r\n")):
            what = f"begins with a note of a spreadsheet, {note[0]!r}, where its header is expected"
            return f"{what}: remove that line, and say `delimiter: {note[1]!r}`"
        if "\0" in lines.record:
            what = f"has the character U+0000 at position {lines.record.index(chr(0)) + 1} of its header"
            return f"{what}: it is perhaps UTF-16, then say `encoding: utf-16-le`"
        twice = sorted({one for one in columns if columns.count(one) > 1})
        return f"names {', '.join(map(repr, twice))} twice in its header" if twice else ""


def _divider(header: str) -> str:
    """The one delimiter that divides a header which commas do not; empty if there is none or more than one."""
    found = [one for one in _OTHERS if one in header]
    return found[0] if len(found) == 1 else ""


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
