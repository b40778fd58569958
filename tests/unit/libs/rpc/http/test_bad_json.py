"""Every body that is no request is an INVALID_ARGUMENT that names its faults, at a cost in proportion to its bytes."""

import pytest

from libs.errors import InvalidInput, Violation
from libs.rpc.http.reading import MAX_JSON_BYTES, JsonReader, ReadingPlans
from libs.rpc.status import TooLarge, refusal_status
from tests.unit.libs.rpc.probe import service

MEBIBYTE = 1024 * 1024


def reader(*, max_bytes: int = MEBIBYTE) -> JsonReader:
    """That of the requests to save."""
    found = service().methods_by_name["Save"].input_type
    return JsonReader(found, ReadingPlans(), max_bytes=max_bytes)


def faults(body: bytes) -> list[tuple[str, str]]:
    """The violations of a body: field and reason."""
    with pytest.raises(InvalidInput) as refused:
        reader().read(body)
    assert all(one.description for one in refused.value.violations)
    return [(one.field, one.reason) for one in refused.value.violations]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"{'title': 1}",
        b'{"title": "a",}',
        b'{"title": "\x00"}',
        b'{"title": "a\nb"}',
        b'{"title": "\\x41"}',
        b'{"quantity": 01}',
        b'{"quantity": +1}',
        b'{"quantity": 0x10}',
        b'{"quantity": NaN}',
        b'{"quantity": -Infinity}',
        b'{"quantity": ' + b"9" * 5_000 + b"}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"owners":' * 50_000,
        b"// comment\n{}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    assert faults(body) == [("", "MALFORMED")]


@pytest.mark.parametrize(
    "body", [b'{"title": "\xff"}', b'{"title": "\xed\xa0\x80"}', b'{"title": "\xc0\x80"}', b"\xfe\xff\x00{"]
)
def test_what_is_not_utf8_is_named(body: bytes) -> None:
    assert faults(body) == [("", "NOT_UTF8")]


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"[]", "", "WRONG_TYPE"),
        (b"null", "", "WRONG_TYPE"),
        (b'"x"', "", "WRONG_TYPE"),
        (b'{"nothing": 1}', "nothing", "UNKNOWN_FIELD"),
        (b'{"owners": [{"age": 1}]}', "owners[0].age", "UNKNOWN_FIELD"),
        (b'{"' + b"x" * 500 + b'": 1}', "x" * 80, "UNKNOWN_FIELD"),
        (b'{"title": "a", "title": "b"}', "title", "DUPLICATE_FIELD"),
        (b'{"memberIds": [], "member_ids": []}', "member_ids", "DUPLICATE_FIELD"),
        (b'{"labels": {"a": "b", "a": "c"}}', "labels.a", "DUPLICATE_FIELD"),
        (b'{"owners": [{"name": "a", "name": "b"}]}', "owners[0].name", "DUPLICATE_FIELD"),
        (b'{"title": 1}', "title", "WRONG_TYPE"),
        (b'{"title": ["a"]}', "title", "WRONG_TYPE"),
        (b'{"title": "\\ud800"}', "title", "NOT_UTF8"),
        (b'{"labels": {"\\udfff": "x"}}', "labels.\udfff", "NOT_UTF8"),
        (b'{"quantity": "1_000"}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": " 1"}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": "one"}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": 1.5}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": 1e400}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": 9007199254740993.0}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": 0.99999999999999999999}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": 1.' + b"0" * 100_000 + b"}", "quantity", "WRONG_TYPE"),
        (b'{"quantity": true}', "quantity", "WRONG_TYPE"),
        (b'{"quantity": 9223372036854775808}', "quantity", "OUT_OF_RANGE"),
        (b'{"quantity": "99999999999999999999"}', "quantity", "OUT_OF_RANGE"),
        (b'{"quantity": 1e30}', "quantity", "OUT_OF_RANGE"),
        (b'{"owners": {"name": "a"}}', "owners", "WRONG_TYPE"),
        (b'{"owners": [null]}', "owners[0]", "WRONG_TYPE"),
        (b'{"tags": [1, "a"]}', "tags[0]", "WRONG_TYPE"),
        (b'{"labels": []}', "labels", "WRONG_TYPE"),
        (b'{"padding": "a"}', "padding", "WRONG_TYPE"),
        (b'{"padding": "*"}', "padding", "WRONG_TYPE"),
        (b'{"abroad": 3}', "abroad", "WRONG_TYPE"),
    ],
)
def test_a_value_that_does_not_fit_is_named(body: bytes, field: str, reason: str) -> None:
    assert faults(body) == [(field, reason)]


def test_every_fault_of_a_body_is_named() -> None:
    assert faults(b'{"title": 1, "x": 2, "owners": [{"name": 3}, 4], "tags": [5]}') == [
        ("title", "WRONG_TYPE"),
        ("x", "UNKNOWN_FIELD"),
        ("owners[0].name", "WRONG_TYPE"),
        ("owners[1]", "WRONG_TYPE"),
        ("tags[0]", "WRONG_TYPE"),
    ]


@pytest.mark.parametrize(
    "body", [b'{"\\ud800x": 1}', b'{"\\ud800x": 1, "\\ud800x": 2}', b'{"owners": [{"\\ud800x": 1}]}']
)
def test_half_of_a_surrogate_pair_in_a_name_is_refused_as_an_unknown_name(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        reader().read(body)
    assert "?x: there is no such field" in refusal_status(refused.value).message


def test_the_message_of_a_body_without_fields_has_no_empty_name() -> None:
    with pytest.raises(InvalidInput, match=r"^must be an object$"):
        reader().read(b"[]")


def test_a_body_of_faults_is_read_to_the_number_that_is_counted() -> None:
    found = faults(b'{"tags": [' + b",".join([b"1"] * 100_000) + b"]}")
    assert len(found) == 101
    assert found[-1] == ("", "MORE_VIOLATIONS")


def test_a_body_that_no_valid_request_can_have_is_not_parsed() -> None:
    with pytest.raises(TooLarge) as refused:
        reader(max_bytes=1_000).read(b"[" * 4_001)
    assert refused.value.metadata == {"size_bytes": "4001", "limit_bytes": "4000"}
    assert reader().max_bytes == MAX_JSON_BYTES


def test_a_message_has_the_limit_that_it_has_in_protobuf() -> None:
    with pytest.raises(TooLarge) as refused:
        reader(max_bytes=1_000).read(b'{"title": "' + b"x" * 1_200 + b'"}')
    assert refused.value.metadata == {"size_bytes": "1203", "limit_bytes": "1000"}


def test_numbers_and_names_may_be_written_in_each_way_of_proto_json() -> None:
    written = [
        b'{"quantity": 1000, "member_ids": ["a"], "title": null, "padding": "-_8="}',
        b'{"quantity": "1000", "memberIds": ["a"], "padding": "+/8"}',
        b'{"quantity": 1e3, "memberIds": ["a"], "owners": null, "padding": "-_8"}',
        b'\n{ "quantity" : 1000.0 , "memberIds" : [ "\\u0061" ] , "padding": "+/8=" }\t',
    ]
    first, *others = (reader().read(body) for body in written)
    assert all(one == first for one in others)
    assert first.SerializeToString() == b" \xe8\x07B\x02\xfb\xffJ\x01a"


def test_violations_have_the_names_of_the_protos() -> None:
    with pytest.raises(InvalidInput) as refused:
        reader().read(b'{"memberIds": 1}')
    assert refused.value.violations == (Violation("member_ids", "must be a list", "WRONG_TYPE"),)
