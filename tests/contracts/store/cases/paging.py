"""Pages: every row once, in order, whatever happens meanwhile."""

from typing import Any

from libs.errors import InvalidInput
from libs.store.port import Page, Query, Store, get
from tests.contracts.store.documents import COUNTERS, ITEMS, State, change, counter, fill, item, read
from tests.contracts.store.site import Site, opened

RANKS = (None, 3, 1, None, 3, 3, 2, None, 1, 5, None)


async def pages_hold_every_row_once(site: Site) -> None:
    async with opened(site) as store:
        await _fill(store)
        for query in ({}, {"order": "rank"}, {"equals": {"state": State.WAITING}}, {"order": "rank", "at_least": 2}):
            for descending in (False, True):
                whole = await _walk(store, 100, descending=descending, **query)
                assert len(whole) == len(set(whole)) > 3
                for limit in (1, 2, 3, 4, 7):
                    assert await _walk(store, limit, descending=descending, **query) == whole


async def a_page_holds_as_many_rows_as_were_asked_for(site: Site) -> None:
    async with opened(site) as store:
        await _fill(store)
        for descending in (False, True):
            sizes, cursor = [], ""
            while True:
                page = await store.find(Query(kind=ITEMS, order="rank", limit=3, cursor=cursor, descending=descending))
                sizes.append(len(page.rows))
                cursor = page.next_cursor
                if not cursor:
                    break
            assert sizes == [3, 3, 3, 2]


async def the_last_page_says_so(site: Site) -> None:
    async with opened(site) as store:
        assert await store.find(Query(kind=COUNTERS)) == Page([], "")
        await fill(store, counter("a"), counter("b"))
        page = await store.find(Query(kind=COUNTERS, limit=2))
        assert (len(page.rows), page.next_cursor) == (2, "")
        page = await store.find(Query(kind=COUNTERS, limit=1))
        page = await store.find(Query(kind=COUNTERS, limit=1, cursor=page.next_cursor))
        assert ([loaded.value.id for loaded in page.rows], page.next_cursor) == (["b"], "")


async def a_page_may_be_of_another_size_than_the_one_before(site: Site) -> None:
    async with opened(site) as store:
        await _fill(store)
        first = await store.find(Query(kind=ITEMS, order="rank", limit=2))
        rest = await store.find(Query(kind=ITEMS, order="rank", limit=300, cursor=first.next_cursor))
        found = [loaded.value.id for loaded in (*first.rows, *rest.rows)]
        assert (found, rest.next_cursor) == (await _walk(store, 100, order="rank"), "")


async def a_cursor_of_another_query_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await _fill(store)
        await fill(store, *(counter(f"{n}") for n in range(4)))
        one = Query(kind=ITEMS, equals={"state": State.WAITING}, order="due_at", limit=2)
        cursor = (await store.find(one)).next_cursor
        assert (await store.find(Query(kind=ITEMS, equals=one.equals, order="due_at", cursor=cursor))).rows
        other = (await store.find(Query(kind=COUNTERS, limit=2))).next_cursor
        strangers: list[Query[Any]] = [
            Query(kind=ITEMS, equals={"state": State.ACTIVE}, order="due_at", cursor=cursor),
            Query(kind=ITEMS, equals=one.equals, cursor=cursor),
            Query(kind=ITEMS, equals=one.equals, order="due_at", descending=True, cursor=cursor),
            Query(kind=ITEMS, cursor=other),
            *(Query(kind=COUNTERS, cursor=made_up) for made_up in ("x", "%", "é", cursor[:-1], cursor + "AA", "e30")),
        ]
        for strange in strangers:
            assert await _reasons(store, strange) == ["FOREIGN_PAGE_TOKEN"], strange


async def rows_that_stay_are_seen_once_while_others_come_and_go(site: Site) -> None:
    async with opened(site) as store:
        stay = [f"s{n:02}" for n in range(20)]
        await fill(store, *(item(id, rank=n // 3 if n > 5 else None) for n, id in enumerate(stay)))
        await fill(store, *(item(f"go{n:02}", rank=n // 2) for n in range(20)))
        for descending in (False, True):
            seen, cursor, turn = [], "", 0
            while True:
                query = Query(kind=ITEMS, order="rank", limit=3, cursor=cursor, descending=descending)
                page = await store.find(query)
                seen += [loaded.value.id for loaded in page.rows]
                cursor = page.next_cursor
                if not cursor:
                    break
                await _disturb(store, descending, turn)
                turn += 1
            assert sorted(id for id in seen if id in stay) == stay
            assert len(seen) == len(set(seen))


async def a_deleted_row_is_no_obstacle_to_its_own_cursor(site: Site) -> None:
    async with opened(site) as store:
        await _fill(store)
        whole = await _walk(store, 100, order="rank")
        page = await store.find(Query(kind=ITEMS, order="rank", limit=5))
        await store.commit([page.rows[-1].delete()])
        rest = await store.find(Query(kind=ITEMS, order="rank", cursor=page.next_cursor))
        assert [loaded.value.id for loaded in rest.rows] == whole[5:]


async def _reasons(store: Store, query: Query[Any]) -> list[str]:
    """Why a query is invalid; nothing if it is answered."""
    try:
        await store.find(query)
    except InvalidInput as err:
        return [one.reason for one in err.violations]
    return []


async def _disturb(store: Store, descending: bool, turn: int) -> None:
    """Add two rows and take one away, before, at and after where a walk may be."""
    mark = f"{int(descending)}{turn:02}"
    await store.commit([item(f"new{mark}", rank=turn), item(f"none{mark}", rank=None)])
    gone = await get(store, ITEMS, f"go{turn:02}")
    if gone is not None and not descending:
        await store.commit([gone.delete()])
    moved = await read(store, ITEMS, "go19")
    if moved is not None and moved.rank is not None and not descending:
        await change(store, ITEMS, "go19", name=f"{turn}")


async def _fill(store: Store) -> None:
    await fill(store, *(item(f"i{n:02}", rank=rank) for n, rank in enumerate(RANKS)))


async def _walk(store: Store, limit: int, **query: Any) -> list[str]:
    """The ids of all pages of a query."""
    found: list[str] = []
    cursor = ""
    for _ in range(100):
        page = await store.find(Query(kind=ITEMS, limit=limit, cursor=cursor, **query))
        found += [loaded.value.id for loaded in page.rows]
        cursor = page.next_cursor
        if not cursor:
            return found
    raise AssertionError("pages without an end")
