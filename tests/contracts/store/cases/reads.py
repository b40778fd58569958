"""Many documents are read at once by their ids."""

import pytest

from libs.store.port import BYTES_PER_DOCUMENT, IDS_PER_READ, LimitExceeded, get, get_all
from tests.contracts.store.documents import COUNTERS, ITEMS, counter, fill, item
from tests.contracts.store.site import Site, opened

LARGE = 20
"""Documents of a MiB: more than one message of MongoDB holds."""


async def many_documents_come_in_the_order_of_their_ids(site: Site) -> None:
    async with opened(site) as store:
        writes = {one.document.id: one for one in map(counter, "abcdefg", range(7))}
        await store.commit(list(writes.values()))
        for ids in ("ab", "ba", "gfa", "cgbfaed"):
            found = await store.get_many(COUNTERS, list(ids))
            assert "".join(found) == ids
            assert [loaded.value for loaded in found.values()] == [writes[id].document for id in ids]


async def of_many_ids_those_without_a_document_are_left_out(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a"), counter("b"), item("c")])
        assert list(await store.get_many(COUNTERS, ["c", "b", "", "A", "a "])) == ["b"]
        assert list(await store.get_many(COUNTERS, ["c", "d"])) == []
        assert list(await store.get_many(COUNTERS, [])) == []


async def an_id_may_be_given_twice(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a"), counter("b")])
        assert list(await store.get_many(COUNTERS, ["b", "a", "b"])) == ["b", "a"]
        assert list(await store.get_many(COUNTERS, ["a", "a"])) == ["a"]


async def a_document_read_among_many_is_written_back(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", name="one"), item("b", name="other")])
        found = await store.get_many(ITEMS, ["b", "a"])
        await store.commit([found["a"].put(item("a", name="changed").document), found["b"].delete()])
        left = await get_all(store, ITEMS, ["a", "b"])
        assert [(loaded.value.name, loaded.value.version) for loaded in left.values()] == [("changed", 2)]


async def a_read_has_a_thousand_ids_at_most(site: Site) -> None:
    ids = [f"c{number:04}" for number in range(IDS_PER_READ + 1)]
    async with opened(site) as store:
        await fill(store, *map(counter, ids))
        for count in (2, 199, 200, 201, 512, IDS_PER_READ):
            assert list(await store.get_many(COUNTERS, ids[:count])) == ids[:count]
        for beyond in (ids, ["a"] * (IDS_PER_READ + 1)):
            with pytest.raises(LimitExceeded):
                await store.get_many(COUNTERS, beyond)
        assert list(await get_all(store, COUNTERS, ids * 2)) == ids


async def many_large_documents_are_read_at_once(site: Site) -> None:
    ids = [f"large {number}" for number in range(LARGE)]
    async with opened(site) as store:
        for id in ids:
            await store.commit([item(id, name="x" * (BYTES_PER_DOCUMENT - 1_000))])
        assert list(await store.get_many(ITEMS, ids)) == ids
        assert await get(store, ITEMS, ids[0]) is not None
