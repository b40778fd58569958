"""Rows as lines and as a table: nothing lost, nothing that runs."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.subject_data import Section
from services.compliance.package.usecases.flattening import flatten
from services.compliance.package.usecases.rendering import render_csv, render_lines

FORMULA = (*"=+-@\t\r\n", *"＝＋－＠")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


def _csv(*rows: dict[str, Any]) -> bytes:
    return render_csv(flatten(_section(*rows)))


def _section(*rows: dict[str, Any]) -> Section:
    return Section(kind="thing", schema={}, rows=rows)


@given(st.lists(st.dictionaries(st.text(min_size=1), JSON, max_size=4), max_size=4))
def test_lines_are_the_rows_one_each(rows: list[dict[str, Any]]) -> None:
    lines = render_lines(_section(*rows)).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == rows


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_cell_of_a_table_is_a_formula(values: list[str]) -> None:
    table = _csv(*[{"id": "1", "value": value} for value in values]).decode()
    cells = [row["value"] for row in csv.DictReader(io.StringIO(table, newline=""))]
    assert [
        cell.removeprefix("'") if cell != value else cell for cell, value in zip(cells, values, strict=True)
    ] == values
    assert not [cell for cell in cells if cell.startswith(FORMULA)]


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
)
def test_what_a_spreadsheet_would_run_is_text(value: str) -> None:
    table = _csv({"value": value}).decode()
    [row] = csv.DictReader(io.StringIO(table, newline=""))
    assert row == {"value": f"'{value}"}


def test_a_name_of_a_column_is_no_formula_either() -> None:
    table = _csv({"=cmd": {"@x": 1}}).decode()
    assert list(csv.reader(io.StringIO(table))) == [["'=cmd.@x"], ["1"]]


@given(st.lists(st.dictionaries(st.text(min_size=1), JSON, max_size=4), max_size=4))
def test_a_table_has_every_value_of_every_row_under_its_path(rows: list[dict[str, Any]]) -> None:
    expected = [_cells(row) for row in rows]
    columns = list(dict.fromkeys(name for row in expected for name in row))
    if columns:
        header, *lines = csv.reader(io.StringIO(_csv(*rows).decode(), newline=""))
        assert header == columns
        assert lines == [[row.get(name, "") for name in columns] for row in expected]


def _cells(value: Any, path: str = "") -> dict[str, str]:
    """Every value below by its path, both as a table shows them."""
    match value:
        case dict():
            below = [(f"{path}.{name}" if path else name, one) for name, one in value.items()]
        case list():
            below = [(f"{path}[{place}]", one) for place, one in enumerate(value)]
        case _:
            return {_shown(path): _shown("" if value is None else str(value))}
    return {name: text for inner, one in below for name, text in _cells(one, inner).items()}


def _shown(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def test_a_table_has_a_column_for_each_field_of_any_row() -> None:
    table = _csv({"id": "1", "lines": [{"sku": "A"}]}, {"id": "2", "note": None})
    assert list(csv.reader(io.StringIO(table.decode()))) == [
        ["id", "lines[0].sku", "note"],
        ["1", "A", ""],
        ["2", "", ""],
    ]
    assert _csv() == b""
