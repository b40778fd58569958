"""Which indexes a server has: a start adds what is declared and waits for it, and takes nothing from other releases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from libs.errors import StoreUnavailable
from libs.store.mongo import MongoStore
from libs.store.opening import Driver
from libs.store.port import Index, Kind, Put, UniqueViolation, create, get
from tests.contracts.store.documents import COUNTERS, Item, read, refused
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.proxy import Fault, Proxy
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("mongo")

ALWAYS = {(("_id",), False), (("s",), False)}
RANK, EMAIL, PLACE = Index(("rank",)), Index(("email",), unique=True), Index(("buyer.country", "rank"))
SOON = timedelta(milliseconds=500)


def things(*indexes: Index) -> Kind[Item]:
    return Kind("thing", Item, indexes)


def there(server: Server, database: str) -> set[tuple[tuple[str, ...], bool]]:
    """Fields of each index of the kind, and whether it is unique."""
    with MongoClient[dict[str, Any]](server.url) as client:
        found = client[database]["thing_rows"].index_information().values()
    return {(tuple(field for field, _ in one["key"]), bool(one.get("unique"))) for one in found}


@pytest.fixture
def database(mongo_server: Server) -> str:
    return mongo_server.fresh()


@pytest.fixture
async def store(mongo_server: Server, database: str, driver: Driver) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(mongo_server.url, database, driver=driver)
    yield opened
    await opened.close()


@pytest.fixture
async def proxy(mongo_server: Server) -> AsyncIterator[Proxy]:
    between = Proxy(mongo_server.url)
    await between.start()
    yield between
    await between.stop()


@pytest.fixture
async def watched(proxy: Proxy, database: str, driver: Driver) -> AsyncIterator[MongoStore]:
    """A store behind the proxy, which waits half a second for an answer."""
    opened = await MongoStore.open(proxy.url, database, driver=driver, answer_within=SOON)
    yield opened
    await opened.close()


async def test_a_start_drops_no_index_and_pruning_drops_those_that_no_kind_declares(
    store: MongoStore, mongo_server: Server, database: str
) -> None:
    await store.ensure([things(RANK, EMAIL)])
    declared = {(("ix.rank", "ix.id"), False), (("ix.email", "ix.id"), False), (("uq.email",), True)}
    assert there(mongo_server, database) == ALWAYS | declared
    place = {(("ix.buyer__country", "ix.rank", "ix.id"), False)}
    await store.ensure([things(PLACE)])
    assert there(mongo_server, database) == ALWAYS | declared | place
    found = await store.unknown_indexes([things(PLACE)])
    assert {(one.fields, one.unique) for one in found} == declared
    for one in found:
        await store.drop_index(one)
        await store.drop_index(one)  # another process was quicker
    assert there(mongo_server, database) == ALWAYS | place
    assert await store.unknown_indexes([things(PLACE)]) == []


async def test_an_older_release_that_starts_again_takes_no_uniqueness_from_a_newer_one(
    store: MongoStore, mongo_server: Server, database: str, driver: Driver
) -> None:
    newer, older = things(RANK, EMAIL), things(RANK)
    await store.ensure([newer])
    await store.commit([create(newer, Item(id="a", email="x"))])
    old = await MongoStore.open(mongo_server.url, database, driver=driver)
    try:
        await old.ensure([older])
        assert await read(old, older, "a") == Item(id="a", email="x", version=1)
    finally:
        await old.close()
    err = await refused(UniqueViolation, store, create(newer, Item(id="b", email="x")))
    assert err.index == "email"


async def test_what_an_older_release_wrote_is_unique_when_the_newer_one_starts_next(store: MongoStore) -> None:
    newer, older = things(EMAIL), things(RANK)
    await store.ensure([newer])
    await store.ensure([older])
    await store.commit([create(older, Item(id="a", email="x"))])
    await store.ensure([newer])
    await refused(UniqueViolation, store, create(newer, Item(id="b", email="x")))
    await store.ensure([older])
    await store.commit([create(older, Item(id="b", email="x"))])
    with pytest.raises(UniqueViolation) as failed:
        await store.ensure([newer])
    assert (failed.value.kind, failed.value.index) == ("thing", "email")


async def test_a_document_that_changes_while_it_is_laid_out_anew_is_as_it_was_changed(store: MongoStore) -> None:
    await store.ensure([things()])
    await store.commit([create(things(), Item(id=f"{n}")) for n in range(50)])
    changes = [store.commit([Put(things(), Item(id=f"{n}", rank=n, version=2))]) for n in range(50)]
    await asyncio.gather(*changes, store.ensure([things()]))
    assert [one and one.rank for one in [await read(store, things(), f"{n}") for n in range(50)]] == [*range(50)]


@pytest.mark.parametrize("mark", [{"buildUUID": "x"}, {"indexBuildInfo": {"buildUUID": "x"}}, {"building": True}])
async def test_an_index_that_another_process_is_building_is_waited_for(
    mark: dict[str, Any], watched: MongoStore, proxy: Proxy
) -> None:
    built = asyncio.Event()

    def unfinished(answer: dict[str, Any]) -> dict[str, Any]:
        for one in answer["cursor"]["firstBatch"]:
            if "uq.email" in one["key"]:
                one.update(mark)
        return answer

    proxy.on_each("listIndexes", lambda _: None if built.is_set() else Fault(edit=unfinished))
    ensuring = asyncio.create_task(watched.ensure([things(EMAIL)]))
    await until(lambda: proxy.seen.count("listIndexes") >= 2)
    assert not ensuring.done()
    built.set()
    await ensuring


async def test_an_index_that_is_not_listed_yet_is_waited_for(watched: MongoStore, proxy: Proxy) -> None:
    built = asyncio.Event()

    def without(answer: dict[str, Any]) -> dict[str, Any]:
        found = answer["cursor"]["firstBatch"]
        return {**answer, "cursor": {**answer["cursor"], "firstBatch": [one for one in found if one["name"] == "_id_"]}}

    proxy.on_each("listIndexes", lambda _: None if built.is_set() else Fault(edit=without))
    ensuring = asyncio.create_task(watched.ensure([things(EMAIL)]))
    await until(lambda: proxy.seen.count("listIndexes") >= 2)
    assert not ensuring.done()
    built.set()
    await ensuring


async def test_an_index_may_take_longer_than_an_answer_may(watched: MongoStore, proxy: Proxy) -> None:
    await watched.ensure([COUNTERS])
    proxy.seen.clear()
    built = asyncio.Event()
    proxy.on_each("createIndexes", lambda _: None if built.is_set() else Fault(edit=dict, held=built))
    ensuring = asyncio.create_task(watched.ensure([things(EMAIL)]))
    await until(lambda: "createIndexes" in proxy.seen)
    proxy.on_each("find", lambda _: Fault(silent=True))
    with pytest.raises(StoreUnavailable):  # after as long as an answer may take
        await get(watched, COUNTERS, "a")
    proxy.on_each("find", lambda _: None)
    assert not ensuring.done()
    built.set()
    await ensuring
