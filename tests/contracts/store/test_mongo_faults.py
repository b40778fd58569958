"""What `MongoStore` makes of a server that errs, is slow or goes away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo import uri_parser

from libs.errors import StoreUnavailable
from libs.ids import unique
from libs.store.mongo import COMMIT_ATTEMPTS, MongoStore
from libs.store.port import Kind, LimitExceeded, Query, UniqueViolation, VersionConflict, create
from tests.contracts.store.documents import COUNTERS, ITEMS, KINDS, Counter, change, counter, item, read, refused
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.proxy import Fault, Proxy
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("mongo")

TRANSIENT = {"ok": 0, "code": 112, "errmsg": "WriteConflict", "errorLabels": ["TransientTransactionError"]}
UNKNOWN = {"ok": 0, "code": 50, "errmsg": "MaxTimeMSExpired", "errorLabels": ["UnknownTransactionCommitResult"]}
DONE = {"ok": 1}


def duplicate(pattern: dict[str, int], message: str) -> dict[str, Any]:
    """How MongoDB answers a write that meets a duplicate key."""
    error = {"index": 0, "code": 11_000, "keyPattern": pattern, "keyValue": {}, "errmsg": message}
    return {"ok": 1, "n": 0, "writeErrors": [error]}


@pytest.fixture
async def proxy(mongo_server: Server) -> AsyncIterator[Proxy]:
    host, port = uri_parser.parse_uri(mongo_server.url)["nodelist"][0]
    between = Proxy(host, port)
    await between.start()
    yield between
    await between.stop()


@pytest.fixture
async def store(proxy: Proxy) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(proxy.url, f"prm_test_{unique()}", answer_within=timedelta(milliseconds=500))
    await opened.ensure(KINDS)
    proxy.seen.clear()
    yield opened
    await opened.close()


async def test_a_transaction_that_met_another_is_tried_again(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", *[Fault(TRANSIENT)] * (COMMIT_ATTEMPTS - 1))
    await store.commit([counter("a"), item("a")])
    assert await read(store, COUNTERS, "a") == counter("a").document
    assert proxy.seen.count("commitTransaction") == 1


async def test_endless_competition_is_unavailable(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", *[Fault(TRANSIENT)] * COMMIT_ATTEMPTS)
    await refused(StoreUnavailable, store, counter("a"))
    assert await read(store, COUNTERS, "a") is None


@pytest.mark.parametrize("fault", [Fault(UNKNOWN, pass_on=True), Fault(None, pass_on=True)], ids=["unknown", "hung up"])
async def test_a_commit_that_may_have_landed_is_asked_for_again(fault: Fault, store: MongoStore, proxy: Proxy) -> None:
    proxy.on("commitTransaction", fault, Fault(DONE))
    await store.commit([counter("a"), item("a")])
    assert await read(store, COUNTERS, "a") == counter("a").document


async def test_a_commit_nobody_answers_is_unavailable_and_repeating_it_is_safe(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("commitTransaction", *[Fault(UNKNOWN, pass_on=True)] * 2 * COMMIT_ATTEMPTS)
    await refused(StoreUnavailable, store, counter("a"))
    await refused(VersionConflict, store, counter("a"))


async def test_a_duplicate_key_names_the_index_as_the_server_reports_it(store: MongoStore, proxy: Proxy) -> None:
    text = 'E11000 duplicate key error collection: x.item index: uq_email dup key: { uq.email: "[secret]" }'
    proxy.on("insert", Fault(duplicate({"uq.email": 1}, text)))
    err = await refused(UniqueViolation, store, item("a", email="secret"))
    assert (err.kind, err.index) == ("item", "email")
    assert "secret" not in str(err)


async def test_a_duplicate_id_is_a_conflict_whatever_the_id_says(store: MongoStore, proxy: Proxy) -> None:
    text = "E11000 duplicate key error collection: x.item index: _id_ dup key: { _id: \"index 'uq_email'\" }"
    proxy.on("insert", Fault(duplicate({"_id": 1}, text)))
    err = await refused(VersionConflict, store, item("index 'uq_email'"))
    assert (err.kind, err.id) == ("item", "index 'uq_email'")


async def test_an_error_of_the_server_is_unavailable_and_tells_no_values(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", Fault({"ok": 0, "code": 8000, "errmsg": "secret"}))
    err = await refused(StoreUnavailable, store, counter("a"))
    assert str(err) == "MongoDB: OperationFailure"
    proxy.on("find", *[Fault({"ok": 0, "code": 8000, "errmsg": "secret"})] * 2)
    for use in (store.get(COUNTERS, "a"), store.find(Query(kind=COUNTERS))):
        with pytest.raises(StoreUnavailable, match=r"^MongoDB: OperationFailure$"):
            await use


async def test_a_silent_server_is_unavailable_in_time(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("find", *[Fault(silent=True)] * 4)  # the driver asks twice
    with pytest.raises(StoreUnavailable):
        async with asyncio.timeout(10):
            await store.get(COUNTERS, "a")
    await store.commit([counter("a")])


async def test_a_server_that_hangs_up_in_a_transaction_leaves_nothing_of_it(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", *[Fault(None)] * 2 * COMMIT_ATTEMPTS)
    await refused(StoreUnavailable, store, counter("a"), item("a"))
    assert await read(store, COUNTERS, "a") is None


async def test_neighbours_of_an_unavailable_batch_all_hear_it(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", *[Fault({"ok": 0, "code": 8000, "errmsg": ""})] * 40)
    answers = await asyncio.gather(*(store.commit([counter(f"{n}")]) for n in range(20)), return_exceptions=True)
    assert [type(one) for one in answers] == [StoreUnavailable] * 20


async def test_what_mongodb_cannot_hold_fails_alone(store: MongoStore) -> None:
    large = item("large", amounts={"EUR": 2**64})
    tried = [store.commit([counter(f"{n}")]) for n in range(3)]
    answers = await asyncio.gather(*tried, store.commit([large]), return_exceptions=True)
    assert [type(one) for one in answers] == [type(None)] * 3 + [LimitExceeded]


async def test_a_kind_may_be_called_what_sql_reserves(store: MongoStore) -> None:
    orders = Kind("order", Counter)
    await store.ensure([orders])
    await store.commit([create(orders, Counter(id="a", value=1))])
    assert await read(store, orders, "a") == Counter(id="a", value=1, version=1)


async def test_a_server_that_dies_is_unavailable_and_used_again_when_it_is_back(mongo_server: Server) -> None:
    if not mongo_server.own:
        pytest.skip("the server of PRM_TEST_MONGO_URL is not ours to kill")
    soon = timedelta(milliseconds=300)
    store = await MongoStore.open(mongo_server.url, f"prm_test_{unique()}", connect_within=soon)
    try:
        await store.ensure(KINDS)
        await store.commit([counter("a")])
        mongo_server.kill()
        for use in (store.get(COUNTERS, "a"), store.commit([counter("b")]), store.ensure(KINDS)):
            with pytest.raises(StoreUnavailable):
                await use
        await asyncio.to_thread(mongo_server.start)

        async def again() -> bool:
            try:
                return (await change(store, COUNTERS, "a", value=1)).value == 1
            except StoreUnavailable:
                return False

        await until(again)
        assert await store.get(ITEMS, "b") is None
    finally:
        await store.close()
