"""What a message takes once must stand in all its rows alike, unless the mapping says what to do."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from libs.pb.prm.orders import v1 as pb
from services.imports.mapping import MappingFile
from tests.unit.imports.samples import LINE, PRICE, checked, mapping, orders_of, partners, plain, said, write

_ROWS = (
    "id,sku,price,partner,day\n30,a,1,P1,2020-02-01\n30,b,2,P2,2021-09-09\n31,c,3,P3,2020-02-02\n31,d,4,P3,2020-02-02\n"
)


def _from_rows(**frame: object) -> MappingFile:
    fields: dict[str, object] = {
        "partner_external_source": {"constant": "t"},
        "partner_external_id": "partner",
        "order_date": "day",
    }
    return orders_of(fields, **frame)


def _same(columns: list[str], **more: object) -> dict[str, object]:
    return {"check": "same", "columns": columns, "reason": "MIXED", "say": "s", **more}


def test_rows_of_one_key_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    messages, heard, totals = checked(_from_rows(), write(tmp_path, rows=_ROWS))
    assert [one["external_id"] for one in plain(messages)] == ["31"]
    assert said(heard) == [
        ("REFUSED", 3, "order_date", "LINES_DISAGREE"),
        ("REFUSED", 3, "partner_external_id", "LINES_DISAGREE"),
    ]
    assert [(note.external_id, note.rows) for note in heard.notes] == [("30", 2), ("30", 0)]
    assert totals.rows_sent == 2


def test_what_rows_contradict_each_other_in_is_not_repeated(tmp_path: Path) -> None:
    _, heard, _ = checked(_from_rows(), write(tmp_path, rows=_ROWS))
    assert heard.notes[0].description == "day differs from line 2, the message has room for one"


@pytest.mark.parametrize(
    ("then", "lines", "notes"),
    [
        ("notice", {"30": "ab", "31": "cd"}, [("NOTICED", 3, "partner", "MIXED"), ("NOTICED", 3, "partner", "MIXED")]),
        (
            "leave_out",
            {"30": "a", "31": "cd"},
            [("LEFT_OUT", 3, "partner", "MIXED"), ("LEFT_OUT", 3, "partner", "MIXED")],
        ),
        ("refuse", {"31": "cd"}, [("REFUSED", 3, "partner", "MIXED"), ("REFUSED", 3, "partner", "MIXED")]),
    ],
)
def test_a_rule_says_what_becomes_of_rows_that_contradict_each_other(
    tmp_path: Path, then: str, lines: Mapping[str, str], notes: list[tuple[str, int, str, str]]
) -> None:
    found = _from_rows(rules=[_same(["partner", "day"], then=then)])
    messages, heard, _ = checked(found, write(tmp_path, rows=_ROWS))
    made = [row for row in messages if isinstance(row, pb.ImportOrderRow)]
    assert {row.external_id: "".join(line.sku for line in row.lines) for row in made} == lines
    assert said(heard) == notes


def test_every_row_that_says_something_else_is_left_out_not_the_first_alone(tmp_path: Path) -> None:
    rows = _ROWS + "30,e,5,P2,2020-02-01\n30,f,6,P1,2020-02-01\n"
    found = _from_rows(rules=[_same(["partner", "day"], then="leave_out")])
    messages, heard, _ = checked(found, write(tmp_path, rows=rows))
    made = [row for row in messages if isinstance(row, pb.ImportOrderRow)]
    assert [[line.sku for line in row.lines] for row in made] == [["a", "f"], ["c", "d"]]
    assert {(note.line, note.rows) for note in heard.notes} == {(3, 1), (3, 0), (6, 1)}


@pytest.mark.parametrize(
    "rule",
    [_same(["day"]), _same(["partner", "day"], when={"id": "31"}), _same(["partner", "day"], where={"sku": "b"})],
)
def test_a_rule_about_something_else_settles_nothing(tmp_path: Path, rule: dict[str, object]) -> None:
    messages, heard, _ = checked(_from_rows(rules=[rule]), write(tmp_path, rows=_ROWS))
    assert [one["external_id"] for one in plain(messages)] == ["31"]
    assert ("REFUSED", 3, "partner_external_id", "LINES_DISAGREE") in said(heard)


def test_what_each_line_says_for_itself_may_differ_and_what_it_takes_from_the_header_may_not(tmp_path: Path) -> None:
    rows = "id,sku,price,currency\n1,a,1,EUR\n1,b,2,EUR\n2,c,1,EUR\n2,d,2,USD\n"
    price = {"unit_price": {"column": "price", "currency": {"column": "currency", "of": "header"}}}
    found = orders_of({"lines": {"each": "rows", "fields": {**LINE, **price}}})
    messages, heard, _ = checked(found, write(tmp_path, rows=rows))
    assert [one["external_id"] for one in plain(messages)] == ["1"]
    assert said(heard) == [("REFUSED", 5, "lines[0].unit_price", "LINES_DISAGREE")]


def test_a_condition_must_hold_for_all_rows_or_for_none(tmp_path: Path) -> None:
    rows = "id,sku,price,state\n1,a,1,paid\n1,b,2,sent\n2,c,1,open\n2,d,2,paid\n"
    number: dict[str, object] = {"invoice_number": {"column": "id", "when": {"state": ["paid", "sent"]}}}
    messages, heard, _ = checked(orders_of(number), write(tmp_path, rows=rows))
    assert [one["external_id"] for one in plain(messages)] == ["1"]
    assert said(heard) == [("REFUSED", 5, "invoice_number", "LINES_DISAGREE")]
    settled = orders_of(number, rules=[_same(["state"])])
    assert [one["external_id"] for one in plain(checked(settled, tmp_path)[0])] == ["1", "2"]


def test_details_that_contradict_each_other_in_what_the_message_takes_once_are_refused(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id\n1\n2\n", lines="id,sku,price,track\n1,a,1,X\n1,b,1,Y\n2,c,1,Z\n2,d,1,Z\n")
    fields = {"tracking_number": {"column": "track", "of": "details"}}
    lines = {"lines": {"each": "details", "fields": {**LINE, **PRICE}}}
    frame: dict[str, object] = {"details": {"file": "lines.csv", "key": "id"}}
    messages, heard, _ = checked(orders_of({**fields, **lines}, **frame), files)
    assert [one["external_id"] for one in plain(messages)] == ["2"]
    assert [(note.file, *said) for note, said in zip(heard.notes, said(heard), strict=True)] == [
        ("lines.csv", "REFUSED", 3, "tracking_number", "LINES_DISAGREE")
    ]
    settled = orders_of({**fields, **lines}, **frame, rules=[_same(["track"], of="details")])
    assert [one["external_id"] for one in plain(checked(settled, files)[0])] == ["1", "2"]


def test_rows_that_fold_into_one_message_may_differ_in_what_it_does_not_take(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,name,country,seen\n1,A,DE,x\n1,A,DE,y\n2,B,DE,x\n2,C,DE,y\n")
    messages, heard, totals = checked(partners(folds="true"), files)
    assert [one["external_id"] for one in plain(messages)] == ["1"]
    assert said(heard) == [("REFUSED", 5, "legal_name", "LINES_DISAGREE")]
    assert totals.rows_sent == 2


def test_rows_of_a_file_that_is_one_message_must_agree(tmp_path: Path) -> None:
    fields: dict[str, object] = {
        "code": "list",
        "currency": {"constant": "EUR"},
        "valid_from": {"constant": "2020-01-01"},
        "items": {"each": "rows", "fields": {"sku": "sku", **PRICE}},
    }
    found = mapping(fields, "prm.orders.v1.OrderService/PutPriceList", {"key": []})
    messages, heard, _ = checked(found, write(tmp_path, rows="list,sku,price\nA,a,1\nB,b,1\n"))
    assert (messages, said(heard)) == ([], [("REFUSED", 3, "code", "LINES_DISAGREE")])
