"""What a store keeps decoded is decoded once, and never older than what a read would find."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.store.port import Delete, Query, Store, StoreInUse
from tests.contracts.store.documents import BOOKS, KINDS, Book, book, change, read
from tests.contracts.store.site import Site, opened


async def what_is_kept_is_decoded_once_until_it_changes(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([book("a", "top"), book("b", "top"), book("c", "below")])
        first = await _on(store, "top")
        assert [one.id for one in first] == ["a", "b"]
        assert _same(first, await _on(store, "top"))
        changed = await change(store, BOOKS, "a", title="new")
        second = await _on(store, "top")
        assert second == [changed, first[1]]
        assert _same(second, await _on(store, "top"))


async def what_is_kept_is_as_another_store_left_it(site: Site) -> None:
    async with opened(site) as store, _another(site, store) as other:
        await store.commit([book("a", "top"), book("b", "top")])
        for number in range(5):
            before = await _on(store, "top")
            changed = await change(other, BOOKS, "a", title=f"edition {number}")
            assert await _on(store, "top") == await _on(other, "top") == [changed, before[1]]
        moved = await change(other, BOOKS, "b", shelf="below")
        await other.commit([book("c", "top")])
        assert await _on(store, "top") == [changed, book("c", "top").document]
        assert await _on(store, "below") == [moved]


async def what_is_kept_comes_in_pages_and_in_order(site: Site) -> None:
    async with opened(site) as store:
        titles = {"a": "z", "b": None, "c": "m", "d": "b", "e": None}
        await store.commit([book(one, title=title) for one, title in titles.items()])
        for descending in (False, True):
            for _ in range(2):
                found, cursor = list[str](), ""
                while len(found) < len(titles):
                    query = Query(kind=BOOKS, order="title", descending=descending, limit=2, cursor=cursor)
                    page = await store.find(query)
                    found += [loaded.value.id for loaded in page.rows]
                    cursor = page.next_cursor
                assert found == (list("acdeb") if descending else list("bedca"))
                assert cursor == ""


async def what_is_kept_is_never_deleted(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([book("a")])
        with pytest.raises(AssertionError):
            await store.commit([Delete(BOOKS, "a", 1)])
        assert await read(store, BOOKS, "a") == book("a").document


async def _on(store: Store, shelf: str) -> list[Book]:
    page = await store.find(Query(kind=BOOKS, equals={"shelf": shelf}))
    return [loaded.value for loaded in page.rows]


def _same(before: list[Book], after: list[Book]) -> bool:
    """Whether these are the same objects, which nobody has decoded again."""
    return list(map(id, before)) == list(map(id, after))


@asynccontextmanager
async def _another(site: Site, store: Store) -> AsyncIterator[Store]:
    """A second store over the same data; the same one where an engine allows no other."""
    try:
        other = await site.open()
    except StoreInUse:
        yield store
        return
    try:
        await other.ensure(KINDS)
        yield other
    finally:
        await other.close()
