"""Pages of a listing: whatever the rows and filters are, each comes once, in order, and a page fits into an answer."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.store.codec import encode
from libs.store.listing import PAGE_BYTES, bytes_of, fitting, listing
from libs.store.port import BYTES_PER_DOCUMENT, Document, Index, Kind, Loaded, Page, create
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
        page = await listing(store, ROWS, filters, page_size=page_size, page_token=token, room_bytes=room_bytes)
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
