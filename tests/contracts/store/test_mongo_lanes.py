"""Numbers on MongoDB: no gap beside a commit that competes, another lane after one that may have landed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from libs.errors import StoreUnavailable
from libs.store.mongo import MongoStore
from libs.store.opening import Driver
from libs.store.port import Put, Query, Store, VersionConflict
from tests.contracts.store.documents import KINDS, TOLD, Told, counter, refused, told
from tests.contracts.store.mongo_server import DIRTY_READS, Server
from tests.contracts.store.proxy import Fault, Proxy

pytestmark = pytest.mark.xdist_group("mongo")

TRANSIENT = {"ok": 0, "code": 112, "errmsg": "WriteConflict", "errorLabels": ["TransientTransactionError"]}
UNKNOWN = {"ok": 0, "code": 50, "errmsg": "MaxTimeMSExpired", "errorLabels": ["UnknownTransactionCommitResult"]}
SOON = timedelta(seconds=2)
CALLERS = 20


@pytest.fixture
async def proxy(mongo_server: Server) -> AsyncIterator[Proxy]:
    between = Proxy(mongo_server.url)
    await between.start()
    yield between
    await between.stop()


@pytest.fixture
async def replicas(proxy: Proxy, mongo_server: Server, driver: Driver) -> AsyncIterator[Sequence[MongoStore]]:
    """Two processes' stores over one database."""
    database = mongo_server.fresh()
    opened = [
        await MongoStore.open(proxy.url, database, driver=driver, connect_within=SOON, answer_within=SOON)
        for _ in range(2)
    ]
    for one in opened:
        await one.ensure(KINDS)
    yield opened
    for one in opened:
        await one.close()


async def lanes(store: Store) -> dict[str, list[int]]:
    """The numbers that are stored, in order, by lane."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in (await store.find(Query(kind=TOLD, limit=200))).rows:
        found[row.value.lane].append(row.value.number)
    return {lane: sorted(numbers) for lane, numbers in found.items()}


def lane_of(put: Put[Told]) -> str:
    assert put.place is not None
    return put.place.lane


async def test_a_commit_that_competes_leaves_no_gap_in_the_numbers_of_the_others(
    replicas: Sequence[MongoStore], proxy: Proxy
) -> None:
    store, _ = replicas
    competing = {"hot"}

    def fault(said: dict[str, Any]) -> Fault | None:
        return Fault(TRANSIENT) if competing & {one["_id"] for one in said["documents"]} else None

    proxy.on_each("insert", fault)
    hot = asyncio.create_task(store.commit([counter("hot"), told("hot told")]))
    await asyncio.gather(*(store.commit([counter(f"c{n}"), told(f"t{n}")]) for n in range(CALLERS)))
    assert list((await lanes(store)).values()) == [list(range(1, CALLERS + 1))]
    competing.clear()
    await hot
    assert list((await lanes(store)).values()) == [list(range(1, CALLERS + 2))]


async def test_a_commit_that_may_have_landed_ends_the_lane(replicas: Sequence[MongoStore], proxy: Proxy) -> None:
    store, _ = replicas
    before, lost, after = told("before"), told("lost"), told("after")
    await store.commit([before])
    proxy.on_each("commitTransaction", lambda _: Fault(UNKNOWN))
    await refused(StoreUnavailable, store, lost)
    proxy.on_each("commitTransaction", lambda _: None)
    await store.commit([after])
    assert lane_of(before) == lane_of(lost) != lane_of(after)
    found = await lanes(store)
    assert found[lane_of(after)] == [1]
    assert found[lane_of(before)] in ([1], [1, 2])


async def test_replicas_have_lanes_of_their_own_without_a_gap(
    replicas: Sequence[MongoStore], mongo_server: Server
) -> None:
    if mongo_server.name == "nx-27017":
        pytest.skip(f"{mongo_server.name}: {DIRTY_READS}")
    puts = [[told(f"{name}{number:02}") for number in range(CALLERS)] for name in "ab"]

    async def work(store: MongoStore, own: Sequence[Put[Told]]) -> list[Put[Told]]:
        written = []
        for number, put in enumerate(own):
            with suppress(VersionConflict, StoreUnavailable):  # both want the same counters
                await store.commit([counter(f"c{number}"), put])
                written.append(put)
        return written

    one, other = await asyncio.gather(*(work(store, own) for store, own in zip(replicas, puts, strict=True)))
    found = await lanes(replicas[0])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())
    assert {lane_of(put) for put in one} & {lane_of(put) for put in other} == set()
    assert sum(map(len, found.values())) >= len(one) + len(other) > 0
