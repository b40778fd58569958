"""CSV is RFC 4180 and UTF-8; what is not is reported with its line, and the rest is still read."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.imports.lines import LINE_BYTES
from services.imports.table import NotATable, Problem, Row, Table


def _table(folder: Path, raw: bytes) -> list[Row]:
    (folder / "t.csv").write_bytes(raw)
    return list(Table(folder / "t.csv"))


def test_quotes_commas_and_line_breaks_in_fields_are_kept(tmp_path: Path) -> None:
    rows = _table(tmp_path, b'a,b\r\n"x, ""y""","1\n2"\r\n,\r\n')
    assert rows == [
        Row("t.csv", 2, {"a": 'x, "y"', "b": "1\n2"}),
        Row("t.csv", 4, {"a": "", "b": ""}),
    ]


def test_a_byte_order_mark_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert _table(tmp_path, b"\xef\xbb\xbfa\n\n1\n\n2") == [Row("t.csv", 3, {"a": "1"}), Row("t.csv", 5, {"a": "2"})]


def test_a_byte_that_is_not_utf8_is_reported_with_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = _table(tmp_path, b"a,b\n1,M\xfcller\n" + "2,Müller\n".encode())
    problem = Problem("b", "WRONG_ENCODING", "byte 0xFC, byte 7 of the file, line 2, is not UTF-8")
    assert rows[0] == Row("t.csv", 2, {"a": "1", "b": "M\ufffdller"}, (problem,))
    assert rows[-1] == Row("t.csv", 3, {"a": "2", "b": "Müller"})


@pytest.mark.parametrize(("line", "count"), [("1", 1), ("1,2,3", 3), ("1,2,", 3)])
def test_a_row_with_another_number_of_fields_is_reported(tmp_path: Path, line: str, count: int) -> None:
    rows = _table(tmp_path, f"a,b\n{line}\n3,4\n".encode())
    assert rows[0].problems == (Problem("", "WRONG_FIELD_COUNT", f"has {count} fields, the header has 2"),)
    assert rows[1] == Row("t.csv", 3, {"a": "3", "b": "4"})


def test_quotes_that_are_wrong_are_reported_and_the_next_line_is_read(tmp_path: Path) -> None:
    rows = _table(tmp_path, b'a,b\n"x"y,1\n2,3\n')
    assert [(row.line, [one.reason for one in row.problems]) for row in rows] == [(2, ["NOT_CSV"]), (3, [])]


_ROW_3_AND_ON = [Row("t.csv", line, {"a": f"{line}", "b": "1"}) for line in range(3, 3_000)]


@pytest.mark.parametrize("end", ["", '"5"6,7\n', '"x, y",1\n'])
def test_a_quote_that_is_never_closed_takes_no_line_below_with_it(tmp_path: Path, end: str) -> None:
    rows = _table(tmp_path, b'a,b\n"2,1\n' + b"".join(b"%d,1\n" % row.line for row in _ROW_3_AND_ON) + end.encode())
    assert [one.reason for one in rows[0].problems] == ["NOT_CSV"]
    assert (rows[0].line, rows[1:2998]) == (2, _ROW_3_AND_ON)
    assert [row.line for row in rows[2998:]] == ([3_000] if end else [])


def test_a_quote_that_is_never_closed_takes_nothing_with_it_however_much_follows(tmp_path: Path) -> None:
    rows = _table(tmp_path, b'a,b\n"2,1\n' + b"x,1\n" * 100_000)
    assert len(rows) == 100_001
    assert [row.line for row in rows if row.problems] == [2]


def test_it_is_said_how_far_a_record_went_that_is_none(tmp_path: Path) -> None:
    rows = _table(tmp_path, b'a,b\n1,2\n"3,4\n5,6\n')
    assert rows[1].problems == (
        Problem("", "NOT_CSV", "is not RFC 4180: unexpected end of data, in line 4; reading goes on in line 4"),
    )
    assert rows[2] == Row("t.csv", 4, {"a": "5", "b": "6"})


def test_a_record_of_several_lines_below_one_that_is_none_is_read_whole(tmp_path: Path) -> None:
    rows = _table(tmp_path, b'a,b\n"2,1\n3,"x\ny"\n5,1\n')
    assert [(row.line, row.values) for row in rows[1:]] == [
        (3, {"a": "3", "b": "x\ny"}),
        (5, {"a": "5", "b": "1"}),
    ]


def test_a_line_above_the_bound_is_reported_and_does_not_fill_the_memory(tmp_path: Path) -> None:
    rows = _table(tmp_path, b"a,b\n" + b"x" * (3 * LINE_BYTES) + b"\n1,2\n")
    assert [one.reason for one in rows[0].problems] == ["NOT_CSV"]
    assert rows[1:] == [Row("t.csv", 3, {"a": "1", "b": "2"})]


@pytest.mark.parametrize("raw", [b"", b"a,b,a\n1,2,3\n", b"a,\xff\n", b'"a\n'])
def test_a_file_without_a_usable_header_is_no_table(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(NotATable):
        _table(tmp_path, raw)


def test_a_file_that_is_not_there_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="No such file"):
        Table(tmp_path / "absent.csv")


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_whatever_the_bytes_every_row_has_its_columns_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    rows = _table(tmp_path_factory.mktemp("any"), b"a,b\n" + raw)
    assert all(row.problems or set(row.values) == {"a", "b"} for row in rows)
    assert [row.line for row in rows] == sorted({row.line for row in rows})
    assert all(text.encode() is not None for row in rows for text in row.values.values())
