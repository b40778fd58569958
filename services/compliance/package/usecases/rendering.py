"""Renders the rows of a section as JSON Lines and CSV, and flattens them to fields for tables and the page."""

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from libs.subject_data import Section

# A row as (path, value) pairs in order; None is an empty value.
FlatRow = tuple[tuple[str, str], ...]

# A spreadsheet reads a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def flatten(section: Section) -> tuple[FlatRow, ...]:
    """The rows of a section, flattened; computed once for table and page."""
    return tuple(tuple(flat(row)) for row in section.rows)


def render_lines(section: Section) -> bytes:
    """The rows as JSON Lines, one row per line."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in section.rows)


def render_schema(section: Section) -> bytes:
    """The JSON Schema of a row, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(section.schema))


def render_csv(flat_rows: Sequence[FlatRow]) -> bytes:
    """CSV by RFC 4180 with a header; columns are paths (`customer.country`, `lines[0].sku`). `'` is put before a
    formula."""
    rows = [{_harmless(name): _harmless(value) for name, value in row} for row in flat_rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    if columns:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Each value in a row as (path, value), in order; None is an empty value. path: of `value` itself."""
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
