"""A write names the version it replaces, so a decision made on a stale read never lands."""

from libs.store.port import Delete, Put, VersionConflict, get
from tests.contracts.store.documents import COUNTERS, ITEMS, Counter, change, counter, item, read, refused
from tests.contracts.store.site import Site, opened


async def versions_count_up_from_one(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a")])
        assert await read(store, COUNTERS, "a") == Counter(id="a", value=0, version=1)
        for version in (2, 3):
            await change(store, COUNTERS, "a", value=version * 10)
            assert await read(store, COUNTERS, "a") == Counter(id="a", value=version * 10, version=version)


async def what_exists_is_not_created_again(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a", 1)])
        err = await refused(VersionConflict, store, counter("a", 2))
        assert (err.kind, err.id) == ("counter", "a")
        assert await read(store, COUNTERS, "a") == counter("a", 1).document


async def what_is_created_again_is_no_duplicate_of_itself(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", email="x", serial="s", open=True)])
        err = await refused(VersionConflict, store, item("a", email="x", serial="s", open=True))
        assert (err.kind, err.id) == ("item", "a")


async def a_stale_put_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a")])
        stale = await get(store, COUNTERS, "a")
        assert stale is not None
        current = await change(store, COUNTERS, "a", value=1)
        err = await refused(VersionConflict, store, stale.put(Counter(id="a", value=2)))
        assert (err.kind, err.id) == ("counter", "a")
        assert await read(store, COUNTERS, "a") == current


async def a_put_that_is_ahead_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a")])
        await refused(VersionConflict, store, Put(COUNTERS, Counter(id="a", value=2, version=3)))
        assert await read(store, COUNTERS, "a") == counter("a").document


async def a_stale_delete_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a")])
        current = await change(store, COUNTERS, "a", value=1)
        await refused(VersionConflict, store, Delete(COUNTERS, "a", 1))
        assert await read(store, COUNTERS, "a") == current


async def what_does_not_exist_is_neither_replaced_nor_deleted(site: Site) -> None:
    async with opened(site) as store:
        await refused(VersionConflict, store, Put(COUNTERS, Counter(id="a", version=2)))
        await refused(VersionConflict, store, Delete(COUNTERS, "a", 1))
        assert await read(store, COUNTERS, "a") is None
        await store.commit([counter("a")])
        await store.commit([Delete(COUNTERS, "a", 1)])
        await refused(VersionConflict, store, Put(COUNTERS, Counter(id="a", version=2)))
        await refused(VersionConflict, store, Delete(COUNTERS, "a", 1))


async def a_conflict_names_the_document_that_has_another_version(site: Site) -> None:
    async with opened(site) as store:
        ids = "abcdef"
        await store.commit([counter(id) for id in ids])
        await store.commit([item(id) for id in ids])
        await change(store, COUNTERS, "d", value=1)
        await change(store, ITEMS, "e", name="new")
        puts = [Put(COUNTERS, Counter(id=id, value=2, version=2)) for id in ids]
        err = await refused(VersionConflict, store, *puts)
        assert (err.kind, err.id) == ("counter", "d")
        err = await refused(VersionConflict, store, *[Delete(COUNTERS, id, 1) for id in ids])
        assert (err.kind, err.id) == ("counter", "d")
        err = await refused(VersionConflict, store, puts[0], *[Delete(ITEMS, id, 1) for id in ids], counter("new"))
        assert (err.kind, err.id) == ("item", "e")
        err = await refused(VersionConflict, store, puts[0], Delete(ITEMS, "a", 1), Delete(ITEMS, "never", 1))
        assert (err.kind, err.id) == ("item", "never")
        err = await refused(VersionConflict, store, puts[1], counter("new"), counter("c"))
        assert (err.kind, err.id) == ("counter", "c")
        assert await read(store, COUNTERS, "a") == counter("a").document
