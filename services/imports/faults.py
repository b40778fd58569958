"""What keeps a record from being CSV, in words, with the column, the line and the character."""

import re
from typing import NamedTuple

FIELD_CHARS = 131_072  # of one field; the limit of Python's csv
_NO_END = "has a carriage return that ends no line: lines end with a line feed, or with both"
_GOES_ON = "goes on behind its closing quote: a quote inside a field is doubled, and next comes"


class Fault(NamedTuple):
    """place: the number of characters of the record before the fault; column: the number of fields before that in which
    it is."""

    column: int
    place: int
    what: str


def fault_of(record: str, delimiter: str) -> Fault | None:
    """The first fault of a record by RFC 4180; None if it has none. record: its text, from its first character on."""
    plain = re.compile(f"[^{re.escape(delimiter)}\r\n]*")
    column, begin = 0, 0
    while begin <= len(record):
        quoted = record.startswith('"', begin)
        end = _closed(record, begin) if quoted else _behind(plain, record, begin)
        if (end if end is not None else len(record)) - begin > FIELD_CHARS:
            return Fault(column, begin, f"has more than {FIELD_CHARS:,} characters")
        if end is None:
            return Fault(column, begin, "opens with a quote that is never closed")
        if record.startswith("\r", end) and record[end:].lstrip("\r")[:1] not in ("\n", ""):
            return Fault(column, end, _NO_END)
        if end == len(record) or record[end] in "\r\n":
            return None
        if record[end] != delimiter:
            return Fault(column, end, f"{_GOES_ON} {delimiter!r}")
        column, begin = column + 1, end + 1
    return None


def _closed(record: str, begin: int) -> int | None:
    """Behind the quote that closes the field which begins here; None if there is none."""
    place = begin + 1
    while (found := record.find('"', place)) >= 0:
        if not record.startswith('"', found + 1):
            return found + 1
        place = found + 2
    return None


def _behind(plain: re.Pattern[str], record: str, begin: int) -> int:
    found = plain.match(record, begin)
    assert found is not None, "nothing matches as well"
    return found.end()


def where(record: str, place: int, first_line: int) -> str:
    """The line and the character of a place in a record that begins on `first_line`."""
    before = record[:place]
    line = before.count("\n")
    return f"line {first_line + line}, character {place - (before.rfind(chr(10)) + 1) + 1}"
