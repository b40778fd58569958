"""What came of an import: a line for every row that did not get in and for everything noticed, and the sums."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TextIO

import msgspec
from google.protobuf.message import Message
from google.type.money_pb2 import Money as Amount

from libs.files import private
from services.imports.notes import Fate, Note, Outcome

_NANO_DIGITS = 9
FIELDS = ("outcome", "file", "line", "external_id", "field", "reason", "description", "rows")


class Sums:
    """What the amounts of all messages add up to, by field and currency, so that a column that was misread shows."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)

    def add(self, message: Message, path: str = "") -> None:
        """Add every amount of a message that is in the cell, or would be."""
        for field, value in message.ListFields():
            if field.message_type is None or field.message_type.GetOptions().map_entry:
                continue
            name = f"{path}.{field.name}" if path else field.name
            for one in value if field.is_repeated else (value,):
                if isinstance(one, Amount):
                    self.found[name, one.currency_code] += Decimal(one.units) + Decimal(one.nanos).scaleb(-_NANO_DIGITS)
                else:
                    self.add(one, name)


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
        self.sums = Sums()

    @property
    def clean(self) -> bool:
        """Whether nothing was refused and nothing still waits."""
        return not (self.messages[Fate.REFUSED] or self.messages[Fate.NOT_YET] or self.rows[Outcome.REFUSED])

    @property
    def settled(self) -> int:
        """Rows of the files whose fate is known."""
        return self.rows_elsewhere + self.rows_sent + sum(self.rows.values())

    @property
    def account(self) -> str:
        """Where every row that was read has ended."""
        ends = {
            "in messages": self.rows_sent,
            "refused": self.rows[Outcome.REFUSED],
            "not yet": self.rows[Outcome.NOT_YET],
            "left out": self.rows[Outcome.LEFT_OUT],
            "of other mappings": self.rows_elsewhere,
        }
        known = f"{self.rows_read:,} rows read = " + " + ".join(f"{rows:,} {end}" for end, rows in ends.items())
        missing = self.rows_read - self.settled
        return f"{known} + {missing:,} not sent, because the import stopped" if missing else known


class Report:
    """The report of one run, written line by line: CSV, or JSON lines for a name that ends in `.jsonl`. Each line is
    with the operating system before the next row is judged, so what was said survives the end of the process.

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

    def close(self, totals: Totals) -> None:
        """Write the sums of a mapping and, as its last line, where every row has ended. A mapping without that line was
        not read to its end."""
        for (field, currency), amount in sorted(totals.sums.found.items()):
            self._write(
                _about_all(totals, Outcome.SUM, "IN_MESSAGES", f"{amount.normalize():f} {currency}", field=field)
            )
        self._write(_about_all(totals, Outcome.TOTAL, "ROWS", totals.account))


def _about_all(totals: Totals, outcome: Outcome, reason: str, description: str, *, field: str = "") -> Note:
    return Note(outcome=outcome, file=totals.name, line=0, field=field, reason=reason, description=description)


def _open(path: Path) -> TextIO:
    return open(path, "w", encoding="utf-8", newline="", opener=private, buffering=1)


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
