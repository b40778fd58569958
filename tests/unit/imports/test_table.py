"""CSV is RFC 4180 and UTF-8; what is not is reported with its line, and the rest is still read."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.imports.faults import fault_of
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
    fields = f"{count} fields" if count > 1 else "1 field"
    rows = _table(tmp_path, f"a,b\n{line}\n3,4\n".encode())
    assert rows[0].problems == (Problem("", "WRONG_FIELD_COUNT", f"has {fields}, the header has 2"),)
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
        Problem(
            "a",
            "NOT_CSV",
            "a opens with a quote that is never closed (line 3, character 1); reading goes on in line 4",
        ),
    )
    assert rows[2] == Row("t.csv", 4, {"a": "5", "b": "6"})


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('"x"y,1', "a goes on behind its closing quote: a quote inside a field is doubled, and next comes ',' "
        "(line 2, character 4)"),
        ('1,"x\ny"z', "b goes on behind its closing quote: a quote inside a field is doubled, and next comes ',' "
        "(line 3, character 3); reading goes on in line 3"),
        ("1,2\r3,4", "b has a carriage return that ends no line: lines end with a line feed, or with both "
        "(line 2, character 4)"),
        ('1,"2\r\n"\r3', "b has a carriage return that ends no line: lines end with a line feed, or with both "
        "(line 3, character 2); reading goes on in line 3"),
        ("1," + "x" * 1_000_000, "b has more than 131,072 characters (line 2, character 3)"),
        ("1,2,3,\"4", "field 4 opens with a quote that is never closed (line 2, character 7)"),
    ],
)  # fmt: skip
def test_what_is_no_csv_is_told_in_words_with_column_line_and_character(tmp_path: Path, record: str, said: str) -> None:
    rows = _table(tmp_path, f"a,b\n{record}\n".encode())
    assert [one.description for one in rows[0].problems] == [said]
    assert rows[0].line == 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\na,b\n", "begins with an empty line, where its header is expected"),
        (
            "a,b\n1,2\n".encode("utf-16-le"),
            "has the character U+0000 at position 2 of its header: it is perhaps UTF-16",
        ),
        (b"a,\xe4\n", "has a header that is no text: byte 0xE4, byte 2 of the file, line 1, is not UTF-8"),
        (b"PK\x03\x04\x14\x00\xff", "is no text but an archive, as spreadsheets are: export it as CSV"),
        (
            b"sep=;\na;b\n",
            "begins with a note of a spreadsheet, 'sep=;', where its header is expected: remove that line",
        ),
        (b"a,b\r1,2\r", "field 2 has a carriage return that ends no line"),
        (b"a,b,a\n", "names 'a' twice in its header"),
        (b'a,"b\n1,2\n', "field 2 opens with a quote that is never closed (line 1, character 3)"),
    ],
)
def test_what_is_no_header_is_told_in_words(tmp_path: Path, raw: bytes, said: str) -> None:
    with pytest.raises(NotATable) as refused:
        _table(tmp_path, raw)
    assert said in str(refused.value)


def test_a_header_may_have_line_breaks_in_its_quotes(tmp_path: Path) -> None:
    assert [row.values for row in _table(tmp_path, b'"order\nno",b\n1,2\n')] == [{"order\nno": "1", "b": "2"}]


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet='a,"\r\n', max_size=12))
def test_every_record_that_the_reader_refuses_has_a_fault_and_no_other(text: str) -> None:
    assert (fault_of(f"{text}\n", ",") is None) is _readable(text)


def _readable(text: str) -> bool:
    """Whether the reader takes the first record of a text."""
    try:
        next(csv.reader(re.findall(r"[^\n]*\n", f"{text}\n"), strict=True))
    except csv.Error:
        return False
    return True


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
