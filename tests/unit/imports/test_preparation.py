"""From rows to messages: exact, complete, and with everything said that a person should know."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.pb.prm.orders import v1 as pb
from services.imports.mapping import MappingMistakes
from tests.builders import an_id
from tests.unit.imports.samples import DEALS, LINE, PRICE, checked, mapping, orders_of, partners, plain, said, write

_PARTNER = {
    "external_source": "test",
    "external_id": "7",
    "kind": "PARTNER_KIND_RESELLER",
    "legal_name": "Zhōngguó 中国公司",
    "country": "DE",
    "status": "PARTNER_STATUS_ACTIVE",
}


def test_a_row_becomes_the_message_that_the_mapping_describes(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country,street,floor\n7,Zhōngguó 中国公司,de,Weg 1,\n")
    found = partners({"address": {"fields": {"lines": ["street", "floor"]}}, "phone": "floor"})
    messages, heard, _ = checked(found, files)
    assert plain(messages) == [{**_PARTNER, "address": {"lines": ["Weg 1"]}}]
    assert heard.notes == []


def test_a_message_of_which_the_files_say_nothing_is_left_away(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country,street\n7,Zhōngguó 中国公司,de,\n")
    found = partners({"address": {"fields": {"country": {"constant": "DE"}, "lines": ["street"]}}})
    assert plain(checked(found, files)[0]) == [_PARTNER]


def test_any_rpc_of_a_package_may_be_the_target_and_ids_are_left_to_the_cell(tmp_path: Path) -> None:
    contact = an_id("con", cell="de")
    files = write(tmp_path, rows=f"who,course\n{contact},base\n")
    fields: dict[str, object] = {
        "contact_id": "who",
        "track": {"constant": "FIREWALLS"},
        "course": {"column": "course", "case": "upper"},
        "completed_on": {"constant": "2026-01-31"},
    }
    found = mapping(fields, "prm.partners.v1.CertificationService/RecordCompletion", {"key": "who"})
    messages, heard, _ = checked(found, files)
    assert (len(messages), said(heard)) == (1, [])
    assert plain(messages)[0]["contact_id"] == contact


def test_every_breach_of_a_rule_of_the_proto_is_reported_with_its_row(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n!,,DEU\n8,B,FR\n")
    messages, heard, totals = checked(partners(), files)
    assert [one["external_id"] for one in plain(messages)] == ["8"]
    assert said(heard) == [
        ("REFUSED", 2, "external_id", "STRING_PATTERN"),
        ("REFUSED", 2, "legal_name", "STRING_MIN_LEN"),
        ("REFUSED", 2, "country", "STRING_PATTERN"),
    ]
    assert (totals.rows_sent, sum(totals.rows.values()), totals.clean) == (1, 1, False)


def test_a_breach_inside_a_line_names_the_row_that_the_line_came_from(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id\n1\n", lines="id,sku,count\n1,a,1\n1,b,0\n")
    fields: dict[str, object] = {
        "external_source": {"constant": "t"},
        "external_id": "id",
        "customer": {"fields": {"legal_name": "id", "country": {"constant": "DE"}}},
        "review": {"constant": "DRAFT"},
        "stage": {"constant": "PROSPECT"},
        "lines": {"each": "details", "fields": {"sku": "sku", "quantity": "count"}},
    }
    _, heard, totals = checked(mapping(fields, DEALS, {"details": {"file": "lines.csv", "key": "id"}}), files)
    assert [(note.file, note.line, note.field, note.rows) for note in heard.notes] == [
        ("lines.csv", 3, "lines[1].quantity", 3)
    ]
    assert totals.rows_read == 3


@pytest.mark.parametrize(
    ("text", "form", "instant"),
    [
        ("2020-07-01T12:00:00", "", "2020-07-01T10:00:00Z"),
        ("2020-07-01T12:00:00+09:00", "", "2020-07-01T03:00:00Z"),
        ("2020-01-01", "", "2019-12-31T23:00:00Z"),
        ("1/7/2020 12:30", "%d/%m/%Y %H:%M", "2020-07-01T10:30:00Z"),
        ("2020-03-29T02:30:00", "", "NO_SUCH_LOCAL_TIME"),
        ("2020-10-25T02:30:00", "", "AMBIGUOUS_LOCAL_TIME"),
        ("yesterday", "", "NOT_A_TIME"),
        ("2020-07-01", "%d/%m/%Y", "NOT_A_TIME"),
    ],
)
def test_a_local_time_is_read_in_the_zone_of_the_mapping(tmp_path: Path, text: str, form: str, instant: str) -> None:
    files = write(tmp_path, rows=f"id,name,country,since\n7,A,DE,{text}\n")
    found = partners({"activate_time": {"column": "since", "format": form}}, zone="Europe/Berlin")
    messages, heard, _ = checked(found, files)
    if instant.endswith("Z"):
        assert [one["activate_time"] for one in plain(messages)] == [instant]
    else:
        assert said(heard) == [("REFUSED", 2, "activate_time", instant)]


def test_a_local_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n2020-07-01,A,DE\n")
    _, heard, _ = checked(partners({"activate_time": "id"}), files)
    assert said(heard) == [("REFUSED", 2, "activate_time", "NO_TIME_ZONE")]


@pytest.mark.parametrize("text", ["2020-02-30", "2020-07-01T10:00:00", "1.7.2020", ""])
def test_what_is_no_date_is_refused(tmp_path: Path, text: str) -> None:
    files = write(tmp_path, rows=f"id,sku,price,day\n1,a,1,{text}\n")
    messages, heard, _ = checked(orders_of({"order_date": {"column": "day", "empty": "refuse"}}), files)
    assert (messages, said(heard)) == ([], [("REFUSED", 2, "order_date", "NOT_A_DATE" if text else "MISSING")])


def test_a_repaired_value_is_noticed_once_however_many_fields_use_it(tmp_path: Path) -> None:
    repair = {"Philipines": "PH"}
    value = {"column": "country", "repair": repair}
    files = write(tmp_path, rows="id,name,country\n1,A,Philipines\n2,B,PH\n")
    found = partners({"country": value, "trade_name": value})
    messages, heard, _ = checked(found, files)
    assert [one["country"] for one in plain(messages)] == ["PH", "PH"]
    assert [(note.line, note.reason, note.description) for note in heard.notes] == [
        (2, "REPAIRED", "'Philipines' is taken as 'PH'")
    ]


@pytest.mark.parametrize(
    ("more", "kind", "notes"),
    [
        ({}, None, [("REFUSED", 2, "kind", "UNKNOWN_VALUE")]),
        ({"unknown": "notice"}, None, [("NOTICED", 2, "kind", "UNKNOWN_VALUE"), ("REFUSED", 2, "kind", "ENUM_NOT_IN")]),
        ({"otherwise": "AGENT"}, "PARTNER_KIND_AGENT", []),
        ({"unknown": "keep"}, "PARTNER_KIND_RETAILER", []),
    ],
)
def test_a_code_that_the_map_does_not_know_is_never_guessed(
    tmp_path: Path, more: dict[str, str], kind: str | None, notes: list[tuple[str, int, str, str]]
) -> None:
    files = write(tmp_path, rows="id,name,country,kind\n1,A,DE,RETAILER\n")
    messages, heard, _ = checked(partners({"kind": {"column": "kind", "map": {"D": "DISTRIBUTOR"}, **more}}), files)
    assert ([one["kind"] for one in plain(messages)], said(heard)) == ([kind] if kind else [], notes)


def test_a_lookup_gives_the_column_of_the_row_that_has_the_key(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,A,Erde\n2,B,Mars\n", places="place,code\nErde,DE\n")
    found = partners(
        {"country": {"lookup": "places", "by": "country", "column": "code", "empty": "refuse"}},
        lookups={"places": {"file": "places.csv", "key": "place"}},
    )
    messages, heard, _ = checked(found, files)
    assert [one["country"] for one in plain(messages)] == ["DE"]
    assert said(heard) == [
        ("REFUSED", 3, "country", "NOT_IN_LOOKUP"),
    ]


def test_values_may_be_joined_cleaned_and_left_away(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,  A b  ,?\n")
    strip = {"strip": "true"}
    name = {"column": "name", **strip, "replace": {" ": "_"}, "case": "lower"}
    fields: dict[str, object] = {
        "external_id": {"join": ["id", name], "separator": "-"},
        "country": {"constant": "DE"},
        "trade_name": {"column": "name", **strip, "prefix": "<", "suffix": ">", "when": {"id": ["1", "2"]}},
        "phone": {"column": "name", "when": {"id": {"none_of": ["1"]}}},
        "domain": {"join": ["id", "country"]},
    }  # fmt: skip
    messages, _, _ = checked(partners(fields, empty_values=["?"]), files)
    assert plain(messages) == [
        {**_PARTNER, "external_id": "1-a_b", "legal_name": "  A b  ", "trade_name": "<A b>"},
    ]


def test_a_message_may_be_left_away_by_a_condition(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,A,DE\n2,B,DE\n")
    found = partners({"address": {"when": {"id": "2"}, "fields": {"city": "name"}}})
    assert [one.get("address") for one in plain(checked(found, files)[0])] == [None, {"city": "B"}]


def test_a_message_above_a_mebibyte_is_refused(tmp_path: Path) -> None:
    fields: dict[str, object] = {
        "code": {"constant": "list"},
        "currency": {"constant": "EUR"},
        "valid_from": {"constant": "2020-01-01"},
        "items": {"each": "rows", "fields": {"sku": "sku", "description": "name", **PRICE}},
    }
    rows = "".join(f"{number},{'名' * 300},1\n" for number in range(1500))
    found = mapping(fields, "prm.orders.v1.OrderService/PutPriceList", {"key": []})
    messages, heard, _ = checked(found, write(tmp_path, rows=f"sku,name,price\n{rows}"))
    assert (messages, said(heard)) == ([], [("REFUSED", 2, "", "TOO_LARGE")])


def test_what_may_be_personal_is_not_repeated_in_the_report(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country,person\n1,A,DE,Erika Mustermann\n")
    person = {"column": "person", "repair": {"Erika Mustermann": "Erika M."}, "map": {"nobody": "x"}}
    found = partners({"contacts": [{"fields": {"person": {"fields": {"name": person}}}}]})
    _, heard, _ = checked(found, files)
    assert [note.reason for note in heard.notes] == ["REPAIRED", "UNKNOWN_VALUE"]
    assert not any("Erika" in note.description for note in heard.notes)


def test_the_same_row_twice_is_left_out_and_another_row_under_its_key_refuses_both(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,A,DE\n2,B,DE\n1,A,DE\n2,C,DE\n2,B,DE\n")
    messages, heard, totals = checked(partners(), files)
    assert [one["external_id"] for one in plain(messages)] == ["1"]
    assert said(heard) == [("LEFT_OUT", 4, "", "COPY"), ("REFUSED", 5, "", "KEY_TAKEN"), ("LEFT_OUT", 6, "", "COPY")]
    assert [note.rows for note in heard.notes] == [1, 2, 1]
    assert totals.rows_sent == 1


def test_rows_without_a_key_and_rows_that_cannot_be_read_are_refused_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b'id,name,country\n,A,DE\n,B,DE\n1,\xff,DE\n2,"x"y,DE\n3,C\n4,D,DE\n')
    messages, heard, _ = checked(partners(), tmp_path)
    assert [one["external_id"] for one in plain(messages)] == ["4"]
    assert sorted(said(heard)) == [
        ("REFUSED", 2, "", "NO_KEY"),
        ("REFUSED", 3, "", "NO_KEY"),
        ("REFUSED", 4, "name", "WRONG_ENCODING"),
        ("REFUSED", 5, "name", "NOT_CSV"),
        ("REFUSED", 6, "", "WRONG_FIELD_COUNT"),
    ]
    assert sum(note.rows for note in heard.notes) == 5


def test_one_unreadable_line_refuses_the_whole_message_instead_of_sending_it_without_that_line(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"id,sku,price\n1,a,1\n1,\xff,1\n2,c,1\n")
    messages, heard, totals = checked(orders_of({}), tmp_path)
    assert [one["external_id"] for one in plain(messages)] == ["2"]
    assert [(note.line, note.reason, note.rows) for note in heard.notes] == [(3, "WRONG_ENCODING", 2)]
    assert totals.rows_sent == 1


def test_details_come_in_their_order_and_details_without_a_header_are_reported(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id\n2\n1\n", lines="id,no,sku,price\n3,1,x,1\n1,10,b,1\n2,1,c,1\n1,9,a,1\n")
    found = orders_of(
        {"lines": {"each": "details", "fields": {**LINE, **PRICE}}},
        details={"file": "lines.csv", "key": "id", "order": "no"},
    )
    messages, heard, totals = checked(found, files)
    assert [(one.external_id, [line.sku for line in one.lines]) for one in messages if isinstance(one, pb.ImportOrderRow)] == [("1", ["a", "b"]), ("2", ["c"])]  # fmt: skip  # noqa: E501
    assert [(note.file, note.line, note.reason) for note in heard.notes] == [("lines.csv", 2, "NO_HEADER")]
    assert (totals.rows_read, totals.rows_sent) == (6, 5)


def test_rows_of_other_mappings_are_counted_and_rows_without_a_place_are_reported(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,sku,price,kind\n1,a,1,line\n1,b,1,odd\n1,c,1,other\n")
    lines = {"each": "rows", "where": {"kind": "line"}, "fields": {**LINE, **PRICE}}
    messages, heard, totals = checked(orders_of({"lines": lines}, where={"kind": {"none_of": ["other"]}}), files)
    assert (len(messages), totals.rows_elsewhere, totals.rows_sent) == (1, 1, 1)
    assert said(heard) == [("LEFT_OUT", 3, "", "NOT_USED")]


def test_a_remark_is_made_once_with_the_number_of_rows_it_concerns(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,A,DE\n2,B,FR\n3,C,FR\n")
    remark = {"reason": "FRENCH", "say": "is in France", "where": {"country": "FR"}}
    _, heard, _ = checked(partners(remarks=[remark]), files)
    assert [(note.line, note.description) for note in heard.notes] == [(3, "is in France (2 rows, this is the first)")]


def test_a_message_that_may_name_persons_has_no_fingerprint(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country\n1,A,DE\n")
    with pytest.raises(MappingMistakes) as refused:
        checked(partners(fields={"external_id": {"fingerprint": "true"}}), files)
    assert "external_id: a fingerprint" in str(refused.value)


def test_a_fingerprint_is_the_same_for_the_same_message_and_another_for_another(tmp_path: Path) -> None:
    fields: dict[str, object] = {
        "request_id": {"fingerprint": "true", "prefix": "p-"},
        "code": {"constant": "list"},
        "currency": {"constant": "EUR"},
        "valid_from": {"constant": "2020-01-01"},
        "items": {"each": "rows", "fields": {"sku": "sku", **PRICE}},
    }
    found = mapping(fields, "prm.orders.v1.OrderService/PutPriceList", {"key": []})
    first, again, other = (
        plain(checked(found, write(tmp_path, rows=f"sku,price\na,1\nb,{price}\n"))[0])[0]["request_id"]
        for price in (2, 2, 3)
    )
    assert first == again != other
    assert str(first).startswith("p-")


_NAMES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\r\n\x00,'), max_size=5)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abcd"), _NAMES, st.sampled_from(["DE", "", "x"])), max_size=30))
def test_every_row_ends_in_exactly_one_place(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    text = "id,name,country\n" + "".join(f'{id},"{name}",{country}\n' for id, name, country in rows)
    found = partners(rules=[{"check": "is_not", "where": {"country": {"empty": "true"}}, "then": "leave_out", "reason": "R", "say": "s"}])  # fmt: skip  # noqa: E501
    messages, heard, totals = checked(found, write(tmp_path_factory.mktemp("p"), rows=text))
    assert totals.rows_read == len(rows)
    assert totals.rows_sent + sum(note.rows for note in heard.notes) == len(rows)
    assert totals.rows_sent == len(messages)
