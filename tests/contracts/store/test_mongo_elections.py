"""Elections and step-downs are answered by retries, and no operation runs on a server longer than it is waited for.

The proxy plays them: it answers as a member that is no longer primary. Real elections need a replica set.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from libs.store.mongo import MongoStore
from libs.store.opening import Driver
from libs.store.port import Query, get
from tests.contracts.store.documents import COUNTERS, ITEMS, KINDS, change, counter, item, read
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.proxy import Fault, Proxy

pytestmark = pytest.mark.xdist_group("mongo")

ANSWER_WITHIN = timedelta(seconds=10)
CONNECT_WITHIN = timedelta(seconds=5)
NOT_PRIMARY, STEPPED_DOWN = 10_107, 189
ANYWHERE = ("find", "insert", "update", "delete", "count", "aggregate", "commitTransaction", "create", "createIndexes")
AFTER_TRANSACTIONS = ("commitTransaction", "abortTransaction")


def gone(code: int, *, transaction: bool = False) -> Fault:
    """How a member answers that is no longer primary."""
    name = {NOT_PRIMARY: "NotWritablePrimary", STEPPED_DOWN: "PrimarySteppedDown"}[code]
    labels = {"errorLabels": ["TransientTransactionError"]} if transaction else {}
    return Fault({"ok": 0, "code": code, "codeName": name, "errmsg": name, **labels})


@pytest.fixture
async def proxy(mongo_server: Server) -> AsyncIterator[Proxy]:
    between = Proxy(mongo_server.url)
    await between.start()
    yield between
    await between.stop()


@pytest.fixture
async def store(proxy: Proxy, mongo_server: Server, driver: Driver) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(
        proxy.url, mongo_server.fresh(), driver=driver, connect_within=CONNECT_WITHIN, answer_within=ANSWER_WITHIN
    )
    await opened.ensure(KINDS)
    yield opened
    await opened.close()


@pytest.mark.parametrize("code", [NOT_PRIMARY, STEPPED_DOWN])
async def test_a_step_down_is_not_seen_by_who_reads_or_writes(code: int, store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", gone(code, transaction=True))
    await store.commit([counter("a"), item("b", email="x")])
    proxy.on("find", gone(code))
    assert await read(store, COUNTERS, "a") == counter("a").document
    proxy.on("update", gone(code, transaction=True))
    assert (await change(store, COUNTERS, "a", value=1)).value == 1
    loaded = await get(store, ITEMS, "b")
    assert loaded is not None
    proxy.on("delete", gone(code, transaction=True))
    await store.commit([loaded.delete()])
    assert await read(store, ITEMS, "b") is None


@pytest.mark.parametrize("code", [NOT_PRIMARY, STEPPED_DOWN])
async def test_a_step_down_between_a_commit_and_its_answer_is_written_once(
    code: int, store: MongoStore, proxy: Proxy
) -> None:
    proxy.on("commitTransaction", gone(code)._replace(pass_on=True), Fault({"ok": 1}))
    await store.commit([counter("a"), item("a")])
    assert await read(store, COUNTERS, "a") == counter("a").document


@pytest.mark.parametrize("code", [NOT_PRIMARY, STEPPED_DOWN])
async def test_a_count_after_a_step_down_is_right(code: int, store: MongoStore, proxy: Proxy) -> None:
    await store.commit([counter("a"), counter("b")])
    proxy.on("count", gone(code))
    assert (await store.find(Query(kind=COUNTERS, limit=1, count_up_to=10))).total == 2


async def test_an_election_of_some_seconds_is_waited_for(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("find", *[gone(NOT_PRIMARY)] * 3)
    proxy.on("insert", *[gone(NOT_PRIMARY, transaction=True)] * 3)
    await store.commit([counter("a")])
    assert await read(store, COUNTERS, "a") == counter("a").document


async def test_every_operation_says_how_long_the_server_may_work_on_it(store: MongoStore, proxy: Proxy) -> None:
    said: list[tuple[str, object]] = []

    def listen(told: dict[str, Any]) -> None:
        said.append((next(iter(told)), told.get("maxTimeMS")))

    for command in ANYWHERE:
        proxy.on_each(command, listen)
    await store.ensure(KINDS)
    await store.commit([counter("a"), item("b", email="x")])
    await change(store, COUNTERS, "a", value=2)
    loaded = await get(store, ITEMS, "b")
    assert loaded is not None
    await store.find(Query(kind=COUNTERS, limit=1, count_up_to=10))
    await store.commit([loaded.delete()])
    assert {name for name, _ in said} >= {"find", "insert", "update", "delete", "count", "commitTransaction"}
    within = (ANSWER_WITHIN + CONNECT_WITHIN).total_seconds() * 1_000
    unbounded = {name for name, most in said if not (isinstance(most, int) and 0 < most <= within)}
    assert unbounded - {"create", "createIndexes"} == set()
