"""What `MongoStore` makes of a server that errs, is slow or goes away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from libs.errors import StoreUnavailable
from libs.store.mongo import COMMIT_ATTEMPTS, MongoStore
from libs.store.opening import Driver
from libs.store.port import Delete, Kind, LimitExceeded, Query, UniqueViolation, VersionConflict, create, get
from tests.contracts.store.documents import COUNTERS, ITEMS, KINDS, Counter, change, counter, item, read, refused
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.proxy import Fault, Proxy
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("mongo")

TRANSIENT = {"ok": 0, "code": 112, "errmsg": "WriteConflict", "errorLabels": ["TransientTransactionError"]}
UNKNOWN = {"ok": 0, "code": 50, "errmsg": "MaxTimeMSExpired", "errorLabels": ["UnknownTransactionCommitResult"]}
DONE = {"ok": 1}
SOON = timedelta(milliseconds=500)

UNNAMED_PATTERNS = (
    'E11000 duplicate key error collection: prm.item_rows index: uq_email dup key: { uq.email: "secret" }',
    "Duplicate key violation on the requested collection: Index 'uq_email'",
    "E11000 duplicate key error collection: prm.item_rows. Failed _id or unique index constraint.",
    "E11000 duplicate key error",
)


def duplicate(pattern: dict[str, int], message: str) -> dict[str, Any]:
    """How MongoDB answers a write that meets a duplicate key."""
    error = {"index": 0, "code": 11_000, "keyPattern": pattern, "keyValue": {}, "errmsg": message}
    return {"ok": 1, "n": 0, "writeErrors": [error]}


@pytest.fixture
async def proxy(mongo_server: Server) -> AsyncIterator[Proxy]:
    between = Proxy(mongo_server.url)
    await between.start()
    yield between
    await between.stop()


@pytest.fixture
async def store(proxy: Proxy, mongo_server: Server, driver: Driver) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(
        proxy.url, mongo_server.fresh(), driver=driver, connect_within=SOON, answer_within=SOON
    )
    await opened.ensure(KINDS)
    proxy.seen.clear()
    yield opened
    await opened.close()


async def test_a_transaction_that_met_another_is_tried_again(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", *[Fault(TRANSIENT)] * 8)  # longer than the 60 ms that five attempts once took
    await store.commit([counter("a"), item("a")])
    assert await read(store, COUNTERS, "a") == counter("a").document
    assert proxy.seen.count("commitTransaction") == 1


async def test_endless_competition_is_unavailable(store: MongoStore, proxy: Proxy) -> None:
    proxy.on_each("insert", lambda _: Fault(TRANSIENT))
    await refused(StoreUnavailable, store, counter("a"))
    assert await read(store, COUNTERS, "a") is None


async def test_a_document_that_others_keep_changing_holds_up_nobody_else(store: MongoStore, proxy: Proxy) -> None:
    proxy.on_each(
        "insert", lambda told: Fault(TRANSIENT) if {"hot"} & {one["_id"] for one in told["documents"]} else None
    )
    hot = asyncio.create_task(store.commit([counter("hot")]))
    answers = await asyncio.gather(*(store.commit([counter(f"{n}")]) for n in range(20)), return_exceptions=True)
    assert answers == [None] * 20
    proxy.on_each("insert", lambda _: None)
    await hot
    assert await read(store, COUNTERS, "hot") == counter("hot").document


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


@pytest.mark.parametrize("said", UNNAMED_PATTERNS)
async def test_a_duplicate_key_without_a_pattern_is_told_by_the_message_or_by_looking(
    said: str, store: MongoStore, proxy: Proxy
) -> None:
    await store.commit([item("a", email="secret", partner="p", number=1)])
    error = {"index": 0, "code": 11_000, "errmsg": said}
    proxy.on("insert", Fault({"ok": 1, "n": 0, "writeErrors": [error]}))
    err = await refused(UniqueViolation, store, item("b", email="secret"))
    assert (err.kind, err.index) == ("item", "email")
    assert "secret" not in str(err)


@pytest.mark.parametrize("said", [one.replace("uq_email", "_id_") for one in UNNAMED_PATTERNS])
async def test_a_duplicate_id_without_a_pattern_is_a_conflict(said: str, store: MongoStore, proxy: Proxy) -> None:
    await store.commit([item("index 'uq_email'", email="x")])
    error = {"index": 1, "code": 11_000, "errmsg": said.replace("secret", "index: uq_email")}
    proxy.on("insert", Fault({"ok": 1, "n": 0, "writeErrors": [error]}))
    err = await refused(VersionConflict, store, item("c"), item("index 'uq_email'", email="y"))
    assert (err.kind, err.id) == ("item", "index 'uq_email'")


async def test_a_duplicate_in_one_commit_is_told_where_the_server_does_not(store: MongoStore, proxy: Proxy) -> None:
    error = {"index": 1, "code": 11_000, "errmsg": "Failed _id or unique index constraint."}
    proxy.on("insert", Fault({"ok": 1, "n": 1, "writeErrors": [error]}))
    err = await refused(UniqueViolation, store, item("a", serial="s", open=True), item("b", serial="s", open=True))
    assert (err.kind, err.index) == ("item", "serial")


async def test_a_conflict_names_what_has_another_version_among_many(store: MongoStore) -> None:
    await store.commit([counter(f"{n}") for n in range(6)])
    deleted = [Delete(COUNTERS, "gone", 1)]
    err = await refused(VersionConflict, store, Delete(COUNTERS, "0", 1), *deleted, Delete(COUNTERS, "1", 1))
    assert err.id == "gone"


async def test_an_error_of_the_server_is_unavailable_and_tells_its_code_and_no_values(
    store: MongoStore, proxy: Proxy
) -> None:
    failing = {"ok": 0, "code": 8000, "errmsg": "secret", "codeName": "Odd"}
    proxy.on("insert", Fault(failing))
    err = await refused(StoreUnavailable, store, counter("a"))
    assert str(err) == "MongoDB: OperationFailure 8000 Odd"
    proxy.on("find", *[Fault({**failing, "codeName": "a secret"})] * 2)
    for use in (get(store, COUNTERS, "a"), store.find(Query(kind=COUNTERS))):
        with pytest.raises(StoreUnavailable, match=r"^MongoDB: OperationFailure 8000$"):
            await use


async def test_a_silent_server_is_unavailable_in_time(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("find", *[Fault(silent=True)] * 4)  # the driver asks twice
    with pytest.raises(StoreUnavailable):
        async with asyncio.timeout(10):
            await get(store, COUNTERS, "a")
    await store.commit([counter("a")])


async def test_a_server_that_hangs_up_in_a_transaction_leaves_nothing_of_it(store: MongoStore, proxy: Proxy) -> None:
    proxy.on("insert", *[Fault(None)] * 2 * COMMIT_ATTEMPTS)
    await refused(StoreUnavailable, store, counter("a"), item("a"))
    assert await read(store, COUNTERS, "a") is None


async def test_neighbours_of_an_unavailable_batch_all_hear_it(store: MongoStore, proxy: Proxy) -> None:
    proxy.on_each("insert", lambda _: Fault({"ok": 0, "code": 8000, "errmsg": ""}))
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


async def test_a_server_that_dies_is_unavailable_and_used_again_when_it_is_back(
    mongo_server: Server, driver: Driver
) -> None:
    if not mongo_server.own:
        pytest.skip("the server of PRM_TEST_MONGO_URL is not ours to kill")
    store = await MongoStore.open(mongo_server.url, mongo_server.fresh(), driver=driver, connect_within=SOON)
    try:
        await store.ensure(KINDS)
        await store.commit([counter("a")])
        mongo_server.kill()
        for use in (get(store, COUNTERS, "a"), store.commit([counter("b")]), store.ensure(KINDS)):
            with pytest.raises(StoreUnavailable):
                await use
        await asyncio.to_thread(mongo_server.start)

        async def again() -> bool:
            try:
                return (await change(store, COUNTERS, "a", value=1)).value == 1
            except StoreUnavailable:
                return False

        await until(again)
        assert await get(store, ITEMS, "b") is None
    finally:
        await store.close()
