"""A mapping file is checked as a whole: every mistake is named, and nothing is read or sent before it is right."""

from pathlib import Path

import pytest

from services.imports.mapping import MappingFile, MappingMistakes, Value, parse, read
from services.imports.mappings import bundled, path_of
from services.imports.report import Report
from services.imports.run import Run
from tests.unit.imports.samples import ORDERS, PARTNER_FIELDS, mapping, partners, write

_HEADER = "id,name,country\n"


def _mistakes(found: MappingFile, folder: Path) -> list[str]:
    with pytest.raises(MappingMistakes) as caught:
        Run(found, folder, Report())
    return sorted(caught.value.mistakes)


def test_every_mistake_of_form_is_named_at_once() -> None:
    with pytest.raises(MappingMistakes) as caught:
        parse(
            "m",
            {
                "describe": "d",
                "rpc": "r",
                "colour": "x",
                "fields": {"a": {"column": "b", "colum": "c", "empty": "never"}},
            },
        )
    assert sorted(caught.value.mistakes) == [
        "fields.a: Invalid enum value 'never' - at `$.empty`",
        "fields.a: there is no setting colum",
        "mapping: Object missing required field `source`",
        "mapping: there is no setting colour",
    ]


def test_a_key_said_twice_is_a_mistake_and_no_text_becomes_a_number_or_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("describe: d\nrpc: r\nsource: s\nfields: {a: {column: c, map: {Norway: NO, 1: on, x: 012}}}\n")
    node = read(path).shape.fields["a"]
    assert node == Value(column="c", map={"Norway": "NO", "1": "on", "x": "012"})
    path.write_text("describe: d\nsource: s\nsource: t\n")
    with pytest.raises(MappingMistakes, match="source is said twice"):
        read(path)


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "- x", ""])
def test_what_is_no_table_of_keys_is_a_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(MappingMistakes):
        read(tmp_path / "m.yaml")


def test_a_named_map_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "codes.map.yaml").write_text("Norway: NO\n")
    (tmp_path / "m.yaml").write_text(
        "describe: d\nrpc: r\nsource: s\nmaps: {codes: codes.map.yaml}\nfields: {a: {column: c, map: codes}}\n"
    )
    assert read(tmp_path / "m.yaml").shape.fields["a"] == Value(column="c", map={"Norway": "NO"})


def test_unknown_columns_fields_choices_and_zones_are_all_named(tmp_path: Path) -> None:
    found = partners(
        {
            "legal_name": "nam",
            "legal_nme": "name",
            "kind": {"constant": "SHOP"},
            "status": {"column": "name", "map": {"a": "ACTIV"}},
            "address": "name",
            "contacts": {"each": "details", "fields": {"person": {"fields": {"nam": "name"}}}},
            "phone": {"lookup": "phones", "by": "id", "column": "phone"},
            "tier_rank": {"constant": "gold"},
        },
        zone="Mars/Base",
        where={"state": "x"},
        rules=[{"check": "same", "columns": "colour", "reason": "R", "say": "s"}],
    )
    assert _mistakes(found, write(tmp_path, rows=_HEADER)) == [
        "address: prm.common.v1.PostalAddress is a message: it takes `fields`",
        "contacts.person.nam: there is no field nam in prm.common.v1.Person",
        "contacts: the mapping has no details",
        "kind: SHOP is no PartnerKind",
        "legal_name: there is no column nam",
        "legal_nme: there is no field legal_nme in prm.partners.v1.ImportPartnerRow",
        "phone: there is no look-up phones",
        "rows.csv has the columns id, name, country",
        "rule R: there is no column colour",
        "status: ACTIV is no PartnerStatus",
        "tier_rank: 'gold' is not a number: the character U+0067 at position 1 does not fit",
        "where: there is no column state",
        "zone: there is no time zone Mars/Base",
    ]


@pytest.mark.parametrize(
    ("field", "mistake"),
    [
        (
            {"currency": {"column": "country"}, "quantity": {"column": "id", "constant": "1"}},
            "says column and constant",
        ),
        ({"lines": {"fields": {"unit_price": {"column": "id"}}}}, "an amount needs a currency"),
        ({"order_date": {"column": "id", "decimal_point": ""}}, "decimal_point is one character"),
        ({"order_date": {"column": "id", "thousands": "."}}, "thousands is another"),
        ({"order_date": {"column": "id", "thousands": "0"}}, "digits and signs separate no numbers"),
        ({"document": [{"constant": "ORDER"}]}, "holds one value, not a list"),
        ({"document": {"fields": {"x": "id"}}}, "is a choice, it has no fields"),
        ({"order_date": {"each": "rows", "fields": {"year": "id"}}}, "holds one message, not one for each"),
        ({"currency": {"prefix": "x"}}, "says nothing where one source is needed"),
        ({"currency": {"column": "id", "when": {"colour": "x"}}}, "there is no column colour"),
        ({"lines": {"each": "rows", "where": {"colour": "x"}, "fields": {"sku": "id"}}}, "there is no column colour"),
        ({"fx_rate": {"when": {"colour": "x"}, "fields": {"rate": "id"}}}, "there is no column colour"),
    ],
)
def test_a_node_that_does_not_fit_its_field_is_a_mistake(
    tmp_path: Path, field: dict[str, object], mistake: str
) -> None:
    if "quantity" in field:
        field = {"purchase_order_number": field["quantity"]}
    assert any(mistake in one for one in _mistakes(mapping(field, ORDERS), write(tmp_path, rows=_HEADER)))


@pytest.mark.parametrize(
    "rpc",
    [
        "prm.partners.v1.PartnerService/Nothing",
        "prm.nobody.v1.S/M",
        "x",
        "prm.compliance.v1.ComplianceService/ExportRequest",
    ],
)
def test_an_rpc_that_takes_no_rows_is_a_mistake(tmp_path: Path, rpc: str) -> None:
    assert any("rpc: " in one for one in _mistakes(mapping(PARTNER_FIELDS, rpc), write(tmp_path, rows=_HEADER)))


def test_files_and_lookups_that_cannot_be_read_are_mistakes(tmp_path: Path) -> None:
    found = partners(
        details={"file": "absent.csv", "key": "id"},
        lookups={
            "a": {"file": "gone.csv", "key": "k"},
            "b": {"file": "rows.csv", "key": "k"},
            "c": {"file": "twice.csv", "key": "k"},
        },
    )
    mistakes = _mistakes(found, write(tmp_path, rows=_HEADER, twice="k\n1\n1\n"))
    assert [one.replace(str(tmp_path), "") for one in mistakes] == [
        "/absent.csv cannot be read: No such file or directory",
        "/gone.csv cannot be read: No such file or directory",
        "lookups: there is no column k in rows.csv",
        "twice.csv, line 3: has k '1' again",
    ]


@pytest.mark.parametrize("name", bundled())
def test_every_mapping_that_comes_along_is_well_formed(name: str) -> None:
    assert read(path_of(name)).document.describe
