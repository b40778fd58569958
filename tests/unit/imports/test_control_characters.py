"""One character nobody sees: it is named with its place, or removed where the mapping says so."""

from pathlib import Path

import pytest

from services.imports.mapping import MappingMistakes
from tests.unit.imports.samples import checked, orders_of, partners, plain, said, write


def test_a_control_character_is_named_with_its_place_and_its_column(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,Fahrradhaus\aX,DE\n2,B,DE\n")
    messages, heard, _ = checked(partners(), files)
    assert [one["external_id"] for one in plain(messages)] == ["2"]
    assert [(note.line, note.field, note.reason, note.description) for note in heard.notes] == [
        (
            2,
            "legal_name",
            "STRING_PATTERN",
            "the character U+0007 at position 12 is a control character (column name)",
        )
    ]


def test_a_mapping_may_have_control_characters_removed_and_each_row_is_noticed(tmp_path: Path) -> None:
    files = write(tmp_path, rows='id,name,country\n1,Fahrrad\ahaus\x85,DE\n2,"A\tB\nC",DE\n3,D,DE\n')
    messages, heard, totals = checked(partners(controls="remove"), files)
    assert [one["legal_name"] for one in plain(messages)] == ["Fahrradhaus", "A B C", "D"]
    assert said(heard) == [("NOTICED", 2, "name", "CONTROL_REMOVED"), ("NOTICED", 3, "name", "CONTROL_REMOVED")]
    assert heard.notes[0].description == (
        "the character U+0007 at position 8 of column name is a control character and was removed, and 1 more"
    )
    assert totals.clean


def test_control_characters_are_removed_from_look_up_tables_too(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,country\n1\a,DE\n2,FR\n", names='key,name\nD\aE,"Löwe\x00\tAG"\nFR,B\n')
    found = partners(
        {"legal_name": {"lookup": "names", "by": "country", "column": "name"}},
        controls="remove",
        lookups={"names": {"file": "names.csv", "key": "key"}},
    )
    messages, heard, totals = checked(found, files)
    assert [one["legal_name"] for one in plain(messages)] == ["Löwe AG", "B"]
    places = [(note.file, note.line, note.field, note.reason) for note in heard.notes]
    assert places == [
        ("names.csv", 2, "key", "CONTROL_REMOVED"),
        ("names.csv", 2, "name", "CONTROL_REMOVED"),
        ("rows.csv", 2, "id", "CONTROL_REMOVED"),
    ]
    assert totals.clean


def test_keys_of_a_look_up_table_that_differ_in_control_characters_alone_are_one_key(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,country\n1,DE\n", names="key,name\nDE,A\nD\aE,B\n")
    lookups = {"names": {"file": "names.csv", "key": "key"}}
    with pytest.raises(MappingMistakes, match=r"names\.csv, line 3: has key 'DE' again"):
        checked(partners({"legal_name": "id"}, controls="remove", lookups=lookups), files)


@pytest.mark.parametrize("country", ["de", "De", "DE"])
def test_codes_of_countries_and_currencies_may_be_lower_case(tmp_path: Path, country: str) -> None:
    files = write(tmp_path, rows=f"id,sku,price,country,currency\n1,a,1,{country},eur\n")
    price = {"unit_price": {"column": "price", "currency": "currency"}}
    line = {"kind": {"constant": "PRODUCT"}, "sku": "sku", "quantity": {"constant": "1"}, **price}
    found = orders_of({"ship_to_country": "country", "currency": "currency", "lines": {"each": "rows", "fields": line}})
    messages, heard, _ = checked(found, files)
    assert [(one["ship_to_country"], one["currency"]) for one in plain(messages)] == [("DE", "EUR")]
    assert messages[0].lines[0].unit_price.currency_code == "EUR"  # type: ignore[attr-defined]  # an order
    assert heard.notes == []


def test_a_country_that_is_no_code_is_told_without_a_pattern(tmp_path: Path) -> None:
    _, heard, _ = checked(partners({"country": "country"}), write(tmp_path, rows="id,name,country\n1,A,Germany\n"))
    assert [note.description for note in heard.notes] == ["has 7 characters, 2 are allowed (column country)"]
