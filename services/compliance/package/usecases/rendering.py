"""Rows as JSON Lines and as a table, and as the fields that a table and a page show."""

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from libs.subject_data import Section

# Every value in a row with its path, in order; what is absent is empty.
FlatRow = tuple[tuple[str, str], ...]

# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def flatten(section: Section) -> tuple[FlatRow, ...]:
    """The rows of a section, each flattened once for everything that is made of it."""
    return tuple(tuple(flat(row)) for row in section.rows)


def render_lines(section: Section) -> bytes:
    """JSON Lines, one row a line."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in section.rows)


def render_schema(section: Section) -> bytes:
    """The JSON Schema of a row."""
    return msgspec.json.format(msgspec.json.encode(section.schema))


def render_csv(flat_rows: Sequence[FlatRow]) -> bytes:
    """RFC 4180 with a header; nested fields by path (`customer.country`, `lines[0].sku`)."""
    rows = [{_harmless(name): _harmless(value) for name, value in row} for row in flat_rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    if columns:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value in a row with its path, in order; what is absent is empty."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from flat(below, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, below in enumerate(value):
            yield from flat(below, f"{path}[{place}]")
    else:
        yield path, "" if value is None else str(value)


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
