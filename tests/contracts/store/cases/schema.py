"""Cases of `Store.ensure`: the indexes that a kind declares also cover documents that were stored before."""

import asyncio
from typing import Any

import pytest

from libs.store.port import Index, Kind, Put, Query, Store, UndeclaredKind, UndeclaredQuery, UniqueViolation, create
from tests.contracts.store.documents import COUNTERS, ITEMS, KINDS, Address, Item, counter, fill, item, read, refused
from tests.contracts.store.site import Site, opened


async def ensuring_again_changes_nothing(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, item("a", email="x", rank=1), item("b", rank=2), counter("c"))
        for kinds in (KINDS, (ITEMS,), (COUNTERS,), ()):
            await store.ensure(kinds)
        assert await read(store, ITEMS, "a") == item("a", email="x", rank=1).document
        await refused(UniqueViolation, store, item("d", email="x"))
        assert await _ids(store, ITEMS, order="rank", descending=True) == ["b", "a"]
    async with opened(site) as store:
        await refused(UniqueViolation, store, item("d", email="x"))
        assert await _ids(store, ITEMS, order="rank", descending=True) == ["b", "a"]


async def a_new_index_finds_what_was_there_before(site: Site) -> None:
    bare, indexed = _item(), _item(Index(("buyer.country", "rank")), Index(("name",)), Index(("open",)))
    async with opened(site) as store:
        await store.ensure([bare])
        await _put(
            store,
            bare,
            Item(id="a", name="x", rank=2, buyer=Address("DE")),
            Item(id="b", rank=1, buyer=Address("DE"), open=True),
            Item(id="c", name="x"),
        )
        await store.ensure([indexed])
        await _put(store, indexed, Item(id="d", name="x", rank=0, buyer=Address("DE")))
        found = await _ids(store, indexed, equals={"buyer.country": "DE"}, order="rank")
        assert found == ["d", "b", "a"]
        assert await _ids(store, indexed, equals={"name": "x"}) == ["a", "c", "d"]
        assert await _ids(store, indexed, equals={"open": True}) == ["b"]


async def a_new_unique_index_counts_what_was_there_before(site: Site) -> None:
    bare, unique = _item(), _item(Index(("email",), unique=True))
    async with opened(site) as store:
        await store.ensure([bare])
        await _put(store, bare, Item(id="a", email="x"), Item(id="b"), Item(id="c"))
        await store.ensure([unique])
        err = await refused(UniqueViolation, store, *_writes(unique, Item(id="d", email="x")))
        assert (err.kind, err.index) == ("thing", "email")
        await _put(store, unique, Item(id="e", email="y"), Item(id="f"))


async def a_unique_index_that_cannot_hold_is_refused(site: Site) -> None:
    bare, unique = _item(), _item(Index(("email",), unique=True))
    async with opened(site) as store:
        await store.ensure([bare])
        await _put(store, bare, Item(id="a", email="x"), Item(id="b", email="x"))
        with pytest.raises(UniqueViolation) as failed:
            await store.ensure([unique])
        assert (failed.value.kind, failed.value.index) == ("thing", "email")
        await store.ensure([bare])
        assert await _ids(store, bare) == ["a", "b"]


async def an_index_no_longer_declared_holds_no_longer(site: Site) -> None:
    unique, bare = _item(Index(("email",), unique=True), Index(("rank",))), _item(Index(("rank",)))
    async with opened(site) as store:
        await store.ensure([unique])
        await _put(store, unique, Item(id="a", email="x", rank=1))
        await store.ensure([bare])
        await _put(store, bare, Item(id="b", email="x", rank=0))
        assert await _ids(store, bare, order="rank") == ["b", "a"]
        with pytest.raises(UndeclaredQuery):
            await store.find(Query(kind=bare, equals={"email": "x"}))
        await refused(UndeclaredKind, store, *_writes(unique, Item(id="c", email="z")))


async def a_changed_condition_holds_from_then_on(site: Site) -> None:
    when_open = _item(Index(("serial",), unique=True, where=(("open", True),)))
    when_closed = _item(Index(("serial",), unique=True, where=(("open", False), ("name", "it's"))))
    async with opened(site) as store:
        await store.ensure([when_open])
        await _put(
            store,
            when_open,
            Item(id="a", serial="s", open=True),
            Item(id="b", serial="s", name="it's"),
            Item(id="c", serial="s"),
        )
        await refused(UniqueViolation, store, *_writes(when_open, Item(id="d", serial="s", open=True)))
        await store.ensure([when_closed])
        await _put(store, when_closed, Item(id="d", serial="s", open=True), Item(id="e", serial="s"))
        await refused(UniqueViolation, store, *_writes(when_closed, Item(id="f", serial="s", name="it's")))


async def commits_go_on_while_indexes_are_made(site: Site) -> None:
    async with opened(site) as store:
        tried = [store.commit([counter(f"{n:02}"), item(f"{n:02}")]) for n in range(20)]
        answers = await asyncio.gather(*tried, store.ensure([_item(Index(("rank",)))]), store.ensure(KINDS))
        assert answers == [None] * 22
        assert await _ids(store, COUNTERS) == await _ids(store, ITEMS) == [f"{n:02}" for n in range(20)]


def _item(*indexes: Index) -> Kind[Item]:
    return Kind("thing", Item, indexes)


def _writes(kind: Kind[Item], *documents: Item) -> list[Put[Item]]:
    return [create(kind, one) for one in documents]


async def _put(store: Store, kind: Kind[Item], *documents: Item) -> None:
    await store.commit(_writes(kind, *documents))


async def _ids(store: Store, kind: Kind[Any], **query: Any) -> list[str]:
    return [loaded.value.id for loaded in (await store.find(Query(kind=kind, **query))).rows]
