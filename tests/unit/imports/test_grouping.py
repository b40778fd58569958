"""Rows of one key come together whatever order the file has, also when they do not fit the memory."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.imports.grouping import Group, by_key, joined
from services.imports.table import NotATable, Problem, Row

_KEYS = st.lists(st.text(alphabet="ab\u4e2d", max_size=3), max_size=40)


def _rows(keys: list[str], file: str = "f") -> list[Row]:
    return [Row(file, line, {"k": key}) for line, key in enumerate(keys, 2)]


def _key(row: Row) -> str:
    return row.values["k"]


@settings(deadline=None, max_examples=50)
@given(_KEYS, st.sampled_from([1, 60, 10_000]))
def test_groups_are_those_of_a_stable_sort_however_small_the_memory(keys: list[str], run_bytes: int) -> None:
    rows = _rows(keys)
    wanted = [Group(key, tuple(group)) for key, group in groupby(sorted(rows, key=_key), key=_key)]
    assert list(by_key(rows, _key, run_bytes=run_bytes)) == wanted


def test_problems_of_a_row_survive_the_disk() -> None:
    row = Row("f", 2, {"k": "a"}, (Problem("k", "WRONG_ENCODING", "why"),))
    assert list(by_key([row, row], _key, run_bytes=1)) == [Group("a", (row, row))]


def test_more_runs_than_files_may_be_open_are_refused() -> None:
    with pytest.raises(NotATable, match="larger than"):
        list(by_key(_rows(["a"] * 500), _key, run_bytes=1))


@settings(deadline=None, max_examples=50)
@given(_KEYS, _KEYS)
def test_a_join_loses_no_row_and_puts_details_beside_their_header(headers: list[str], details: list[str]) -> None:
    found = list(joined(by_key(_rows(headers, "h"), _key), by_key(_rows(details, "d"), _key)))
    assert sorted(row for group in found for row in group.rows) == sorted(_rows(headers, "h"))
    assert sorted(row for group in found for row in group.details) == sorted(_rows(details, "d"))
    assert [group.key for group in found] == sorted({*headers, *details})
    assert all(_key(row) == group.key for group in found for row in (*group.rows, *group.details))
