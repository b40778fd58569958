"""Renders the rows of a section as JSON Lines and CSV."""

import csv
import io
import re
from collections.abc import Sequence

import msgspec

from libs.subject_data import Section
from services.compliance.package.usecases.flattening import BETWEEN, FlatRow

# A spreadsheet reads a cell that begins with one of these as a formula; some read the wide forms as the narrow ones.
_FORMULA = "=+-@\t\r\n＝＋－＠"
_FORMULA_BETWEEN = re.compile(f"{BETWEEN}(?=[{re.escape(_FORMULA)}])")


def render_lines(section: Section) -> bytes:
    """The rows as JSON Lines, one row per line."""
    return msgspec.json.Encoder().encode_lines(section.rows)


def render_schema(section: Section) -> bytes:
    """The JSON Schema of a row, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(section.schema))


def render_csv(rows: Sequence[FlatRow]) -> bytes:
    """CSV by RFC 4180 with a header; columns are paths (`customer.country`, `lines[0].sku`). `'` is put before a
    formula."""
    shapes = {paths: _columns(paths) for paths in dict.fromkeys(row.paths for row in rows)}
    columns = tuple(dict.fromkeys(name for shape in shapes.values() for name in shape))
    picked = {paths: [shape.get(name, -1) for name in columns] for paths, shape in shapes.items()}
    out = io.StringIO()
    writer = csv.writer(out)
    if columns:
        writer.writerow(columns)
    for row in rows:
        cells = [*row.treated(_harmless, _all_harmless), ""]  # the last one is for columns that the row does not have
        writer.writerow([cells[place] for place in picked[row.paths]])
    return out.getvalue().encode()


def _columns(paths: Sequence[str]) -> dict[str, int]:
    """The columns of rows with these paths, each with the place of its value; the last value of two with one path."""
    return {_harmless(name): place for place, name in enumerate(paths)}


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(tuple(_FORMULA)) else value


def _all_harmless(joined: str) -> str:
    """See FlatRow.treated."""
    return _FORMULA_BETWEEN.sub(f"{BETWEEN}'", f"{BETWEEN}{joined}")[1:]
