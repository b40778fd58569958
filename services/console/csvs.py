"""Lines of CSV that a spreadsheet takes as texts and numbers, and never as formulas."""

import csv
import re
from collections.abc import Sequence
from io import StringIO

# What spreadsheets take for the beginning of a formula, or skip before one.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\n|%]")
BEGIN = "\ufeff"
"""The byte order mark: without it Excel reads UTF-8 as the code page of the machine."""

_NUMBER = re.compile(r"^\s*[+-]?[\d.,\u00a0\u202f ]+$")


def line_of(values: Sequence[str]) -> str:
    """One line; a text that a spreadsheet would compute gets an apostrophe before it, and so does a part after `;`,
    which begins a cell where the comma writes decimals."""
    line = StringIO()
    csv.writer(line).writerow([_guarded(one) for one in values])
    return line.getvalue()


def _guarded(value: str) -> str:
    return ";".join(
        f"'{part}" if _FORMULA.match(part) and not _NUMBER.match(part) else part for part in value.split(";")
    )
