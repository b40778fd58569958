"""Files as real systems write them: their encoding and their delimiter are named, and a wrong name is told."""

from pathlib import Path

import pytest

from services.imports.mapping import MappingMistakes
from services.imports.table import NotATable, Table
from tests.unit.imports.samples import checked, partners, plain, said

_NAMES = {"1": "Fahrradhaus Löwe", "2": "Velo-Käse SA"}
_CHINESE = {"1": "北京自行车有限公司", "2": "上海永久; 股份"}


def _file(folder: Path, names: dict[str, str], encoding: str, delimiter: str, ending: str = "\r\n") -> Path:
    rows = [("id", "name", "country"), *((id, f'"{name}"', "DE") for id, name in names.items())]
    text = "".join(delimiter.join(row) + ending for row in rows)
    (folder / "rows.csv").write_bytes(text.encode(encoding))
    return folder


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "delimiter", "names"),
    [
        ("windows-1252", ";", _NAMES),
        ("gbk", ";", _CHINESE),
        ("gb18030", "tab", _CHINESE),
        ("utf-16", "tab", _CHINESE),
        ("utf-16-le", ";", _CHINESE),
        ("utf-16-be", "|", {"1": "Ċ and \u0a0a\u0a0d"}),
        ("utf-32", ",", _CHINESE),
        ("utf-8", ";", _NAMES),
        ("utf-8-sig", ";", _NAMES),
        ("shift_jis", ",", {"1": "自転車ソ表"}),
    ],
)
def test_a_file_is_read_in_the_encoding_and_with_the_delimiter_that_the_mapping_names(
    tmp_path: Path, encoding: str, delimiter: str, names: dict[str, str], ending: str
) -> None:
    folder = _file(tmp_path, names, encoding, "\t" if delimiter == "tab" else delimiter, ending)
    messages, heard, _ = checked(partners(encoding=encoding, delimiter=delimiter), folder)
    assert {str(one["external_id"]): one["legal_name"] for one in plain(messages)} == names
    assert heard.notes == []


def test_a_file_that_begins_with_the_mark_of_utf_16_needs_no_name(tmp_path: Path) -> None:
    messages, _, _ = checked(partners(), _file(tmp_path, _CHINESE, "utf-16", ","))
    assert [one["legal_name"] for one in plain(messages)] == [*_CHINESE.values()]


def test_a_wrong_encoding_is_told_with_byte_line_and_column_and_the_rest_is_read(tmp_path: Path) -> None:
    _file(tmp_path, _NAMES, "windows-1252", ",", "\n")
    messages, heard, _ = checked(partners(), tmp_path)
    assert messages == []
    assert said(heard) == [("REFUSED", 2, "name", "WRONG_ENCODING"), ("REFUSED", 3, "name", "WRONG_ENCODING")]
    assert heard.notes[0].description == "byte 0xF6, byte 32 of the file, line 2, is not UTF-8"
    assert (tmp_path / "rows.csv").read_bytes()[32] == 0xF6


def test_half_a_character_of_utf_16_is_told(tmp_path: Path) -> None:
    text = "id,name,country\n1,A\ud800,DE\n2,B,DE\n".encode("utf-16-le", "surrogatepass")
    (tmp_path / "rows.csv").write_bytes(text)
    messages, heard, _ = checked(partners(encoding="utf-16-le"), tmp_path)
    assert [one["external_id"] for one in plain(messages)] == ["2"]
    assert said(heard) == [("REFUSED", 2, "name", "WRONG_ENCODING")]


def test_a_line_of_nothing_but_wrong_bytes_costs_no_more_than_it_has(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"id,name,country\n1," + b"\xff" * 100_000 + b",DE\n2,B,DE\n")
    messages, heard, _ = checked(partners(), tmp_path)
    assert [one["external_id"] for one in plain(messages)] == ["2"]
    assert said(heard) == [("REFUSED", 2, "name", "WRONG_ENCODING")]


@pytest.mark.parametrize("encoding", ["no-such", "utf-7", "iso2022_jp", "cp037", "base64", "rot13"])
def test_an_encoding_that_cannot_be_read_is_a_mistake_of_the_mapping(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(MappingMistakes, match=f"rows.csv: there is no encoding {encoding}"):
        checked(partners(encoding=encoding), _file(tmp_path, _NAMES, "utf-8", ","))


@pytest.mark.parametrize("delimiter", [";;", '"', "\n"])
def test_a_delimiter_is_one_character(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(MappingMistakes, match="delimiter is one character"):
        checked(partners(delimiter=delimiter), _file(tmp_path, _NAMES, "utf-8", ","))


def test_a_delimiter_is_never_guessed_but_the_one_that_would_do_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="';' divides it: if that is right, say `delimiter: ';'`"):
        Table(_file(tmp_path, _NAMES, "utf-8", ";") / "rows.csv")
    (tmp_path / "one.csv").write_text("a;b\n1;2\n")
    assert Table(tmp_path / "one.csv", delimiter=",").columns == ("a;b",)


def test_details_and_lookups_have_a_form_of_their_own_where_they_name_one(tmp_path: Path) -> None:
    _file(tmp_path, {"1": "A"}, "utf-8", ",")
    (tmp_path / "places.csv").write_bytes("place;name\nDE;北京\n".encode("gbk"))
    found = partners(
        {"legal_name": {"lookup": "places", "by": "country", "column": "name"}},
        lookups={"places": {"file": "places.csv", "key": "place", "encoding": "gbk", "delimiter": ";"}},
    )
    assert [one["legal_name"] for one in plain(checked(found, tmp_path)[0])] == ["北京"]
