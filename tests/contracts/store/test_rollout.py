"""An older and a newer release over one set of data, started in any order: what is unique for both stays unique, and
what the newer one declares holds once no older process writes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from libs.store.mongo import MongoStore
from libs.store.opening import Driver
from libs.store.port import Index, Kind, Query, Store, UniqueViolation, create
from tests.contracts.store.documents import Item, change, refused
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.site import Site

EMAIL, NAME, RANK = Index(("email",), unique=True), Index(("name",), unique=True), Index(("rank",))
OLDER, NEWER = Kind("thing", Item, (EMAIL,)), Kind("thing", Item, (EMAIL, NAME, RANK))
ORDERS = [(OLDER, NEWER), (NEWER, OLDER), (OLDER, NEWER, OLDER, NEWER), (NEWER, OLDER, NEWER)]


def named(kinds: Sequence[Kind[Item]]) -> str:
    return "-".join("older" if kind is OLDER else "newer" for kind in kinds)


async def taken(store: Store, kind: Kind[Item], email: str, at: int) -> None:
    """Neither a new document nor a changed one may have the email."""
    err = await refused(UniqueViolation, store, create(kind, Item(id=f"z{at}", name=f"z{at}", email=email)))
    assert err.index == "email"
    with pytest.raises(UniqueViolation):
        await change(store, kind, "own", email=email)


async def by_rank(store: Store, rank: int) -> list[str]:
    return [one.value.id for one in (await store.find(Query(kind=NEWER, equals={"rank": rank}))).rows]


@asynccontextmanager
async def a_process(server: Server, database: str, driver: Driver, kind: Kind[Item]) -> AsyncIterator[MongoStore]:
    store = await MongoStore.open(server.url, database, driver=driver)
    try:
        await store.ensure([kind])
        yield store
    finally:
        await store.close()


@pytest.mark.parametrize("starts", ORDERS, ids=named)
async def test_one_after_the_other_on_sqlite(starts: Sequence[Kind[Item]], sqlite_site: Site) -> None:
    for at, kind in enumerate(starts):
        store = await sqlite_site.open()
        await store.ensure([kind])
        if not at:
            await store.commit([create(kind, Item(id="own", name="own", email="own"))])
        for before in range(at):
            await taken(store, kind, f"e{before}", at)
        await store.commit([create(kind, Item(id=f"i{at}", name=f"n{at}", email=f"e{at}", rank=at))])
        if kind is NEWER:
            assert [await by_rank(store, rank) for rank in range(at + 1)] == [[f"i{rank}"] for rank in range(at + 1)]
            await refused(UniqueViolation, store, create(kind, Item(id="y", name="n0", email="y")))
        await store.close()


@pytest.mark.xdist_group("mongo")
@pytest.mark.parametrize("starts", ORDERS, ids=named)
async def test_side_by_side_on_mongodb(starts: Sequence[Kind[Item]], mongo_server: Server, driver: Driver) -> None:
    """Each process writes while all that started before it still run."""
    database = mongo_server.fresh()
    async with AsyncExitStack() as stack:
        running: list[tuple[MongoStore, Kind[Item]]] = []
        for at, kind in enumerate(starts):
            running.append((await stack.enter_async_context(a_process(mongo_server, database, driver, kind)), kind))
            if not at:
                await running[0][0].commit([create(kind, Item(id="own", name="own", email="own"))])
            for number, (store, its) in enumerate(running):
                id = f"{at}-{number}"
                await store.commit([create(its, Item(id=id, name=id, email=id))])
                for other, theirs in running:
                    await taken(other, theirs, id, at)


@pytest.mark.xdist_group("mongo")
async def test_what_the_last_older_process_wrote_is_laid_out_by_those_that_run(
    mongo_server: Server, driver: Driver
) -> None:
    """The last newer process has started before the last older one ends, so no start comes after its writes."""
    database = mongo_server.fresh()
    async with (
        a_process(mongo_server, database, driver, OLDER) as older,
        a_process(mongo_server, database, driver, NEWER) as newer,
    ):
        await newer.commit([create(NEWER, Item(id="a", name="a", email="a", rank=1))])
        await change(older, OLDER, "a", rank=2)
        await older.commit([create(OLDER, Item(id="b", name="b", email="b", rank=3))])
        await newer.lay_out()
        assert await by_rank(newer, 1) == []
        assert await by_rank(newer, 2) == ["a"]
        assert await by_rank(newer, 3) == ["b"]
        err = await refused(UniqueViolation, newer, create(NEWER, Item(id="c", name="b", email="c")))
        assert err.index == "name"
        await older.commit([create(OLDER, Item(id="c", name="b", email="c"))])
        with pytest.raises(UniqueViolation) as failed:
            await newer.lay_out()
        assert (failed.value.kind, failed.value.index) == ("thing", "name")
