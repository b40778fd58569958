"""Rows as lines and as a table: nothing lost, nothing that runs."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.subject_data import Section
from services.compliance.package.usecases.rendering import render_csv, render_lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


def _section(*rows: dict[str, Any]) -> Section:
    return Section(kind="thing", schema={}, rows=rows)


@given(st.lists(st.dictionaries(st.text(min_size=1), JSON, max_size=4), max_size=4))
def test_lines_are_the_rows_one_each(rows: list[dict[str, Any]]) -> None:
    lines = render_lines(_section(*rows)).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == rows


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_cell_of_a_table_is_a_formula(values: list[str]) -> None:
    table = render_csv(_section(*[{"id": "1", "value": value} for value in values])).decode()
    cells = [row["value"] for row in csv.DictReader(io.StringIO(table, newline=""))]
    assert [
        cell.removeprefix("'") if cell != value else cell for cell, value in zip(cells, values, strict=True)
    ] == values
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_run_is_text(value: str) -> None:
    table = render_csv(_section({"value": value})).decode()
    [row] = csv.DictReader(io.StringIO(table, newline=""))
    assert row == {"value": f"'{value}"}


def test_a_name_of_a_column_is_no_formula_either() -> None:
    table = render_csv(_section({"=cmd": {"@x": 1}})).decode()
    assert list(csv.reader(io.StringIO(table))) == [["'=cmd.@x"], ["1"]]


def test_a_table_has_a_column_for_each_field_of_any_row() -> None:
    table = render_csv(_section({"id": "1", "lines": [{"sku": "A"}]}, {"id": "2", "note": None}))
    assert list(csv.reader(io.StringIO(table.decode()))) == [
        ["id", "lines[0].sku", "note"],
        ["1", "A", ""],
        ["2", "", ""],
    ]
    assert render_csv(_section()) == b""
