"""CSV as RFC 4180 has it, UTF-8 and nothing else, one record at a time.

A record that cannot be read is handed on with what is wrong with it, so that it is reported with its line and the rest
of the file is still read: from the next line on, for a quote that is never closed would take all that follows with it.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

LINE_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_UNDECODABLE = re.compile("[\udc80-\udcff]")


class Problem(NamedTuple):
    """Why a record or a value cannot be used. field: a column, or a path in the message; empty for the record."""

    field: str
    reason: str
    description: str


class Row(NamedTuple):
    """A record: the file it is from, the line it starts on (the header is line 1), its text by column."""

    file: str
    line: int
    values: dict[str, str]
    problems: tuple[Problem, ...] = ()


class NotATable(ValueError):
    """The file cannot be read as a table at all: absent, empty, or its header is not one."""


class Table:
    """A CSV file with a header row. NotATable when it has none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = self._header()

    def __iter__(self) -> Iterator[Row]:
        """Every record below the header, blank lines left out. Holds one record in memory."""
        with self.path.open("rb") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, strict=True)
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

    def _row(self, line: int, record: list[str], lines: "_Lines") -> Row:
        problems = []
        if lines.too_long:
            problems.append(Problem("", "LINE_TOO_LONG", f"is longer than {LINE_BYTES} bytes"))
            lines.too_long = False
        if len(record) != len(self.columns):
            what = f"has {len(record)} fields, the header has {len(self.columns)}"
            problems.append(Problem("", "WRONG_FIELD_COUNT", what))
        for position, (column, text) in enumerate(zip(self.columns, record, strict=False)):
            if bad := _UNDECODABLE.search(text):
                what = f"byte 0x{ord(bad[0]) - 0xDC00:02X} at character {bad.start() + 1} is not UTF-8"
                problems.append(Problem(column, "NOT_UTF8", what))
                record[position] = _UNDECODABLE.sub("\ufffd", text)
        values = dict(zip(self.columns, [*record, *[""] * len(self.columns)], strict=False))
        return Row(self.path.name, line, values, tuple(problems))

    def _header(self) -> tuple[str, ...]:
        try:
            with self.path.open("rb") as file:
                columns = tuple(next(csv.reader(_Lines(file), strict=True), ()))
        except OSError as err:
            raise NotATable(f"{self.path} cannot be read: {err.strerror}") from err
        except csv.Error as err:
            raise NotATable(f"{self.path}: its header is not RFC 4180: {err}") from err
        twice = sorted({one for one in columns if columns.count(one) > 1})
        if not columns or twice or any(_UNDECODABLE.search(one) for one in columns):
            what = f"names {', '.join(twice)} twice" if twice else "is missing or not UTF-8"
            raise NotATable(f"{self.path}: its header {what}")
        return columns


def _where(first: int, last: int) -> str:
    return f", in line {last}; reading goes on in line {first + 1}" if last > first else ""


class _Lines:
    """Physical lines as text; bytes that are not UTF-8 stay visible as surrogates, so that they can be named."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0
        self.too_long = False
        self._first = 1
        self._second_begins = 0
        if file.peek(3)[:3] == _BOM:  # type: ignore[attr-defined]  # what Path.open("rb") gives can peek
            file.read(3)

    def begin(self) -> int:
        """The number of the next line, with which a record begins."""
        self._first = self.count + 1
        return self._first

    def resume(self) -> None:
        """Go back to the second line of the record, which is none."""
        self._file.seek(self._second_begins)
        self.count = self._first
        self.too_long = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._file.readline(LINE_BYTES)
        if not raw:
            raise StopIteration
        self.count += 1
        if len(raw) == LINE_BYTES and not raw.endswith(b"\n"):
            self.too_long = True
            while (rest := self._file.readline(LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
        if self.count == self._first:
            self._second_begins = self._file.tell()
        return raw.decode("utf-8", "surrogateescape")
