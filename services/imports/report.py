"""What came of an import: a line for every row that did not get in and for everything noticed, and the sums."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

import msgspec

from libs.files import private
from services.imports.notes import Fate, Note, Outcome

FIELDS = ("outcome", "file", "line", "external_id", "field", "reason", "description", "rows")


class Totals:
    """The sums of one mapping. Rows are rows of the files, messages what was made of them.

    rows_read = rows_elsewhere + rows_sent + rows by outcome LEFT_OUT, REFUSED and NOT_YET, once the run is over.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows_read = 0
        self.rows_elsewhere = 0
        self.rows_sent = 0
        self.waiting = 0
        self.seconds = 0.0
        self.rows: Counter[Outcome] = Counter()
        self.messages: Counter[Fate] = Counter()
        self.reasons: Counter[tuple[Outcome, str]] = Counter()

    @property
    def clean(self) -> bool:
        """Whether nothing was refused and nothing still waits."""
        return not (self.messages[Fate.REFUSED] or self.messages[Fate.NOT_YET] or self.rows[Outcome.REFUSED])

    @property
    def settled(self) -> int:
        """Rows of the files whose fate is known."""
        return self.rows_elsewhere + self.rows_sent + sum(self.rows.values())


class Report:
    """The report of one run, written line by line: CSV, or JSON lines for a name that ends in `.jsonl`.

    Without a path only the sums are kept. OSError if the file cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: TextIO | None = _open(path) if path else None
        self._write: Callable[[Note], object] = lambda note: None
        if self._file is not None and path is not None:
            self._write = _json(self._file) if path.suffix == ".jsonl" else _csv(self._file)

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, totals: Totals, note: Note) -> None:
        """Write a line and count it."""
        self._write(note)
        totals.rows[note.outcome] += note.rows
        totals.reasons[note.outcome, note.reason] += 1


def _open(path: Path) -> TextIO:
    return open(path, "w", encoding="utf-8", newline="", opener=private)


def _json(file: TextIO) -> Callable[[Note], object]:
    return lambda note: file.write(msgspec.json.encode(note).decode() + "\n")


def _csv(file: TextIO) -> Callable[[Note], object]:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(FIELDS)
    return lambda note: writer.writerow([_cell(getattr(note, name)) for name in FIELDS])


def _cell(value: object) -> object:
    """A text that a spreadsheet would run as a formula is quoted, as spreadsheets do it."""
    if isinstance(value, Outcome):
        return value.value
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
