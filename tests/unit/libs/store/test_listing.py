"""Pages of a listing: whatever the rows and filters are, each comes once, in order, and a page fits into an answer."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.store.codec import encode
from libs.store.listing import LOOKED_AT_ROWS, PAGE_BYTES, FilterTooBroad, bytes_of, fitting, listing
from libs.store.port import BYTES_PER_DOCUMENT, WRITES_PER_COMMIT, Document, Index, Kind, Loaded, Page, create
from libs.store.sqlite import SqliteStore


class Row(Document, frozen=True, kw_only=True):
    """Something with a color that is indexed, a shape that is not, and any size."""

    color: str
    shape: str
    text: str = ""


ROWS = Kind("row", Row, (Index(("color",)),))
ROW = st.tuples(st.sampled_from(["red", "blue"]), st.sampled_from(["round", "square"]), st.integers(0, 300))


async def _pages(store: SqliteStore, page_size: int, room_bytes: int, **filters: str) -> list[Page[Row]]:
    found, token = list[Page[Row]](), ""
    while True:
        page = await listing(
            store, ROWS, filters, page_size=page_size, page_token=token, counted=True, room_bytes=room_bytes
        )
        found.append(page)
        token = page.next_cursor
        if not token:
            return found


@settings(max_examples=40)
@given(
    st.lists(ROW, max_size=25),
    st.integers(1, 30),
    st.integers(1, 2_000),
    st.sampled_from([{}, {"color": "red"}, {"shape": "round"}, {"color": "blue", "shape": "round"}]),
)
async def test_every_row_comes_once_in_order_and_a_page_is_no_larger_than_its_room(
    rows: list[tuple[str, str, int]], page_size: int, room_bytes: int, filters: dict[str, str]
) -> None:
    made = [
        Row(id=f"r{number:03}", color=color, shape=shape, text="x" * size)
        for number, (color, shape, size) in enumerate(rows)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "store.db")
        await store.ensure([ROWS])
        await store.commit([create(ROWS, one) for one in made])
        pages = await _pages(store, page_size, room_bytes, **filters)
        await store.close()
    wanted = [one.id for one in made if all(getattr(one, name) == value for name, value in filters.items())]
    assert [loaded.value.id for page in pages for loaded in page.rows] == wanted
    assert all(len(page.rows) <= page_size for page in pages)
    assert all(len(page.rows) <= 1 or bytes_of(page.rows) <= room_bytes for page in pages)
    assert [bool(page.rows) for page in pages] == ([True] * len(pages) if wanted else [False])
    for page, following in pairwise(pages):
        assert len(page.rows) == page_size or bytes_of([*page.rows, following.rows[0]]) > room_bytes
    assert {(page.total, page.total_is_lower_bound) for page in pages} == {(len(wanted), False)}


async def _filled(tmp_path: Path, *made: Row) -> SqliteStore:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure([ROWS])
    for start in range(0, len(made), WRITES_PER_COMMIT):
        await store.commit([create(ROWS, one) for one in made[start : start + WRITES_PER_COMMIT]])
    return store


def _row(number: int, shape: str = "round") -> Row:
    return Row(id=f"r{number:05}", color="red", shape=shape)


async def test_a_page_size_above_the_limit_is_taken_as_the_limit(tmp_path: Path) -> None:
    store = await _filled(tmp_path, *map(_row, range(450)))
    pages = await _pages(store, 1_000_000, PAGE_BYTES)
    await store.close()
    assert [len(page.rows) for page in pages] == [200, 200, 50]


async def test_rows_that_lie_far_apart_come_on_one_page_and_a_filter_that_finds_too_few_is_refused(
    tmp_path: Path,
) -> None:
    """Of rows that an index does not tell apart 10,000 are looked at, for a page and for its total."""
    square = {0, 9_999, 10_001}
    made = [_row(number, "square" if number in square else "round") for number in range(LOOKED_AT_ROWS + 400)]
    store = await _filled(tmp_path, *made)
    first, second = await _pages(store, 10, PAGE_BYTES, shape="square")
    assert [loaded.value.id for loaded in first.rows] == ["r00000", "r09999"]
    assert [loaded.value.id for loaded in second.rows] == ["r10001"]
    assert (first.total, first.total_is_lower_bound) == (2, True)
    with pytest.raises(FilterTooBroad) as refused:
        await listing(store, ROWS, {"shape": "oval"})
    assert refused.value.metadata == {"limit": "10000"}
    exact = await listing(store, ROWS, {"color": "red"}, counted=True)
    assert (exact.total, exact.total_is_lower_bound) == (10_000, True)
    await store.close()


async def test_rows_as_large_as_they_can_be_come_in_pages_that_an_answer_holds(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure([ROWS])
    for number in range(6):
        large = Row(id=f"r{number}", color="red", shape="round", text="x" * (BYTES_PER_DOCUMENT - 100))
        await store.commit([create(ROWS, large)])
    pages = await _pages(store, 200, PAGE_BYTES)
    await store.close()
    assert [[loaded.value.id for loaded in page.rows] for page in pages] == [["r0", "r1"], ["r2", "r3"], ["r4", "r5"]]


@pytest.mark.parametrize("room_bytes", [0, -1])
async def test_a_page_without_room_has_one_row(tmp_path: Path, room_bytes: int) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure([ROWS])
    await store.commit([create(ROWS, Row(id=f"r{number}", color="red", shape="round")) for number in range(3)])
    pages = await _pages(store, 200, room_bytes)
    await store.close()
    assert [len(page.rows) for page in pages] == [1, 1, 1]


def test_a_row_is_as_large_as_it_was_read_and_encoded_only_where_nobody_knows() -> None:
    row = Row(id="r", color="red", shape="round", text="x" * 300)
    read, unread = Loaded(ROWS, row, 40), Loaded(ROWS, row)
    assert (bytes_of([read, read]), fitting([read] * 5, 100)) == (80, 2)
    assert (bytes_of([unread]), fitting([unread, read], 500)) == (len(encode(row)), 2)
