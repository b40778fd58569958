"""What the engines share: index values keep the order of what they stand for, cursors belong to one query."""

import base64
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import InvalidInput
from libs.store.codec import (
    Segment,
    Span,
    attribute,
    decode,
    encode,
    from_plain,
    index_value,
    indexed_fields,
    page,
    read_cursor,
    reader,
    segments,
    serving_index,
    to_plain,
    write_cursor,
)
from libs.store.port import Document, Index, Kind, LimitExceeded, Loaded, Page, Query, UndeclaredQuery


class Size(Enum):
    """By value."""

    LARGE = 3
    SMALL = 1


class Inner(msgspec.Struct, frozen=True):
    """Nested once."""

    city: str
    size: Size


class Thing(Document, frozen=True, kw_only=True):
    """What is stored here."""

    name: str = ""
    at: datetime | None = None
    inner: Inner | None = None
    counts: dict[int, int] = msgspec.field(default_factory=dict)


THINGS = Kind(
    "thing", Thing, (Index(("name", "at")), Index(("inner.city",)), Index(("inner.size",), where=(("id", "x"),)))
)
QUERY = Query(kind=THINGS, equals={"name": "n"}, order="at")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.lists(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-11, minutes=-7))]))))
def test_instants_sort_as_their_index_values(instants: list[datetime]) -> None:
    assert sorted(instants) == sorted(instants, key=index_value)  # type: ignore[arg-type]  # instants have numbers


@given(st.lists(st.dates()))
def test_dates_sort_as_their_index_values(days: list[date]) -> None:
    assert sorted(days) == sorted(days, key=index_value)  # type: ignore[arg-type]  # dates have numbers


def test_instants_differ_by_a_microsecond_whatever_the_zone() -> None:
    east = timezone(timedelta(hours=14))
    assert index_value(NOON) == index_value(NOON.astimezone(east))
    assert index_value(NOON.astimezone(east) + timedelta(microseconds=1)) == 1_767_268_800_000_001


def test_an_index_holds_plain_values() -> None:
    assert [index_value(one) for one in (True, False, Size.SMALL, None, "ä", -1)] == [1, 0, 1, None, "ä", -1]
    assert [type(index_value(one)) for one in (True, Size.SMALL)] == [int, int]
    for wrong in (1.5, b"x", ("a",)):
        with pytest.raises(TypeError):
            index_value(wrong)
    for large in (2**63, -(2**63) - 1):
        with pytest.raises(LimitExceeded):
            index_value(large)


@pytest.mark.parametrize("index", [Index(("name",)), Index(("name", "at")), Index(("inner.size", "name"))])
def test_the_reader_reads_what_the_indexes_mention(index: Index) -> None:
    kind = Kind("thing", Thing, (index,))
    thing = Thing(id="a", name="n", at=NOON, inner=Inner("Ulm", Size.LARGE))
    values = {"name": "n", "at": index_value(NOON), "inner.size": 3}
    assert dict(zip(indexed_fields(kind), reader(kind)(thing), strict=True)) == {
        one: values[one] for one in index.fields
    }


def test_a_condition_of_an_index_is_read_too() -> None:
    assert indexed_fields(THINGS) == ("at", "id", "inner.city", "inner.size", "name")


def test_below_none_is_none() -> None:
    assert attribute("inner.city")(Thing(id="a")) is None


def test_both_forms_of_a_document_give_it_back() -> None:
    thing = Thing(id="a", version=3, at=NOON, inner=Inner("Ulm", Size.LARGE), counts={1: 2})
    assert decode(THINGS, encode(thing)).value == from_plain(THINGS, to_plain(thing)).value == thing


@pytest.mark.parametrize("turn", [encode, to_plain])
def test_a_document_above_its_limit_is_refused(turn: object) -> None:
    assert callable(turn)
    with pytest.raises(LimitExceeded):
        turn(Thing(id="a", name="x" * 2**20))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query(kind=THINGS), None),
        (Query(kind=THINGS, order="name"), THINGS.indexes[0]),
        (QUERY, THINGS.indexes[0]),
        (Query(kind=THINGS, equals={"name": "n"}), THINGS.indexes[0]),
        (Query(kind=THINGS, equals={"inner.city": "Ulm"}), THINGS.indexes[1]),
    ],
)
def test_an_index_serves_a_query_by_its_first_fields(query: Query[Thing], index: Index | None) -> None:
    assert serving_index(query) == index


def test_the_index_that_needs_no_sorting_is_preferred() -> None:
    kind = Kind("thing", Thing, (Index(("name", "at")), Index(("name",))))
    assert serving_index(Query(kind=kind, equals={"name": "n"})) == Index(("name",))


@pytest.mark.parametrize(
    "query",
    [
        Query(kind=THINGS, order="at"),
        Query(kind=THINGS, equals={"at": NOON}),
        Query(kind=THINGS, equals={"name": "n", "inner.city": "Ulm"}),
        Query(kind=THINGS, equals={"inner.size": 3}),
        Query(kind=THINGS, equals={"name": "n"}, below=NOON),
    ],
)
def test_what_no_index_serves_is_refused(query: Query[Thing]) -> None:
    with pytest.raises(UndeclaredQuery):
        serving_index(query)


def test_a_cursor_is_read_by_the_query_that_wrote_it() -> None:
    cursor = write_cursor(QUERY, Thing(id="a", at=NOON))
    assert read_cursor(_with(cursor)) == (index_value(NOON), "a")
    assert read_cursor(QUERY) is None


@pytest.mark.parametrize("last", [Thing(id="a", at=NOON), Thing(id="a")])
def test_a_cursor_of_another_query_is_refused(last: Thing) -> None:
    cursor = write_cursor(QUERY, last)
    for changed in (
        {"descending": True},
        {"equals": {"name": "m"}},
        {"below": NOON},
        {"at_least": NOON},
        {"order": ""},
    ):
        with pytest.raises(InvalidInput):
            read_cursor(_with(cursor, **changed))


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    if text:
        with pytest.raises(InvalidInput):
            read_cursor(_with(text))


def test_only_a_value_that_fits_an_index_is_in_a_cursor() -> None:
    large = Thing(id="a", at=NOON)
    cursor = write_cursor(QUERY, large)
    raw = msgspec.json.decode(_unpacked(cursor))
    with pytest.raises(InvalidInput):
        read_cursor(_with(_packed([raw[0], 2**64, "a"])))


def test_segments_tell_none_from_values() -> None:
    value, none = (index_value(NOON), "a"), (None, "a")
    expected = {
        (False, None): (Segment(Span.ALL),),
        (True, None): (Segment(Span.ALL),),
        (False, none): (Segment(Span.NONE, "a"), Segment(Span.SOME)),
        (True, none): (Segment(Span.NONE, "a"),),
        (False, value): (Segment(Span.SOME, "a", True, value[0]),),
        (True, value): (Segment(Span.SOME, "a", True, value[0]), Segment(Span.NONE)),
    }
    for (descending, after), found in expected.items():
        query = _with("", descending=descending)
        cursor = write_cursor(query, Thing(id="a", at=NOON if after == value else None)) if after else ""
        assert segments(_with(cursor, descending=descending)) == found


def test_bounds_leave_none_out() -> None:
    for descending in (False, True):
        query = _with("", descending=descending, below=NOON)
        cursor = write_cursor(query, Thing(id="a", at=NOON))
        assert segments(query) == (Segment(Span.SOME),)
        keyed = Segment(Span.SOME, "a", True, index_value(NOON))
        assert segments(_with(cursor, descending=descending, below=NOON)) == (keyed,)


def test_a_page_ends_where_more_was_found_than_asked_for() -> None:
    query = Query(kind=THINGS, limit=2)
    three = [Loaded(THINGS, Thing(id=one)) for one in "abc"]
    assert page(query, three).rows == three[:2]
    assert page(query, three).next_cursor == write_cursor(query, three[1].value)
    assert page(query, three[:2]).next_cursor == ""
    assert page(query, []) == Page([], "")


def _with(cursor: str, **changed: object) -> Query[Thing]:
    return msgspec.structs.replace(QUERY, cursor=cursor, **changed)


def _unpacked(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def _packed(raw: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(raw)).decode().rstrip("=")
