"""Unique indexes: what counts, what does not, and that a value is free again when its document lets go of it."""

from libs.store.port import Delete, Put, UniqueViolation
from tests.contracts.store.documents import ITEMS, Address, Item, change, item, read, refused
from tests.contracts.store.site import Site, opened


async def a_unique_value_is_taken_once(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", email="x"), item("b", email="y")])
        err = await refused(UniqueViolation, store, item("c", email="x"))
        assert (err.kind, err.index) == ("item", "email")
        assert await read(store, ITEMS, "c") is None
        err = await refused(UniqueViolation, store, Put(ITEMS, Item(id="b", email="x", version=2)))
        assert (err.kind, err.index) == ("item", "email")
        assert await read(store, ITEMS, "b") == item("b", email="y").document


async def a_refused_value_leaves_nothing_of_its_commit(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", email="x")])
        await refused(UniqueViolation, store, item("b"), item("c", email="x"), item("d"))
        assert [await read(store, ITEMS, id) for id in "bcd"] == [None] * 3


async def a_unique_value_is_free_when_its_document_lets_go(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", email="x"), item("b", email="y")])
        await change(store, ITEMS, "a", email="z")
        await store.commit([item("c", email="x")])
        await store.commit([Delete(ITEMS, "b", 1)])
        await store.commit([item("d", email="y")])
        await change(store, ITEMS, "d", name="keeps what it has")
        assert [(await read(store, ITEMS, id)) is None for id in "abcd"] == [False, True, False, False]


async def one_commit_cannot_use_a_value_twice(site: Site) -> None:
    async with opened(site) as store:
        await refused(UniqueViolation, store, item("a", email="x"), item("b", email="x"))
        assert [await read(store, ITEMS, id) for id in "ab"] == [None, None]


async def one_commit_may_hand_a_value_on(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", email="x"), item("b", email="y")])
        put = Put(ITEMS, Item(id="a", email=None, version=2, number=1))
        await store.commit([put, Delete(ITEMS, "b", 1), item("c", email="x"), item("d", email="y")])
        found = [await read(store, ITEMS, id) for id in "acd"]
        assert [one.email if one else "gone" for one in found] == [None, "x", "y"]


async def none_is_never_taken(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item(id, email=None, buyer=None) for id in "abc"])
        await store.commit([item("h", email=None, buyer=None)])
        await store.commit([item("d", email=""), item("e", email="None"), item("f", email="null")])
        err = await refused(UniqueViolation, store, item("g", email=""))
        assert err.index == "email"


async def all_fields_of_an_index_must_agree(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", partner="p", number=1), item("b", partner="p", number=2)])
        await store.commit([item("c", partner="q", number=1), item("d", partner="p1", number=0)])
        err = await refused(UniqueViolation, store, item("e", partner="p", number=2))
        assert err.index == "partner_number"
        await store.commit([item("f", partner='p","1', number=3), item("g", partner="p", number=13)])


async def a_nested_field_may_be_unique(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", buyer=Address("DE", "Ulm")), item("b", buyer=Address("AT", "Ulm"))])
        err = await refused(UniqueViolation, store, item("c", buyer=Address("AT", "Ulm")))
        assert err.index == "buyer_country_buyer_city"


async def a_partial_index_counts_only_where_its_condition_holds(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", serial="s", open=False), item("b", serial="s", open=False)])
        await store.commit([item("c", serial="s", open=True), item("d", serial=None, open=True)])
        await store.commit([item("e", serial=None, open=True)])
        err = await refused(UniqueViolation, store, item("f", serial="s", open=True))
        assert (err.kind, err.index) == ("item", "serial")
        await refused(UniqueViolation, store, Put(ITEMS, Item(id="a", serial="s", open=True, version=2)))
        await change(store, ITEMS, "c", open=False)
        await change(store, ITEMS, "a", open=True)
        assert [one.open for id in "abc" if (one := await read(store, ITEMS, id))] == [True, False, False]
