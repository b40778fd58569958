"""A request that is repeated has its effect once and its first answer again, however the repetition comes about."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from libs.call import SYSTEM, Call, IdempotencyKey
from libs.errors import Contended, Duplicate, InvalidInput, RequestIdReused, StoreUnavailable, Violation
from libs.store import requests
from libs.store.port import Document, Index, Kind, Query, Store, UniqueViolation, VersionConflict, create, get
from libs.store.sqlite import SqliteStore
from tests.store_faults import Away, FailingCommits, Gate
from tests.waiting import until

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = IdempotencyKey(request_id="r1", caller="c", fingerprint="f")


class Deal(Document, frozen=True, kw_only=True):
    """What a request makes or changes."""

    name: str = ""
    value: int = 0


DEALS = Kind("deal", Deal, (Index(("name",), unique=True),))
Attempt = Callable[[], Awaitable[Deal]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await SqliteStore.open(tmp_path / "store.db")
    await opened.ensure([DEALS, requests.RECORDS])
    yield opened
    await opened.close()


def creating(store: Store, id: str, request: IdempotencyKey = ASKED, name: str = "") -> Attempt:
    """An attempt that creates a deal; a new one each time it is made, as a use case mints ids."""

    async def attempt() -> Deal:
        put = create(DEALS, Deal(id=id, name=name or id))
        await store.commit([put, requests.record(request, put.document, NOW)])
        return put.document

    return attempt


def adding(store: Store, request: IdempotencyKey = ASKED, by: int = 1) -> Attempt:
    """An attempt that reads, decides and writes."""

    async def attempt() -> Deal:
        loaded = await get(store, DEALS, "d")
        assert loaded is not None
        put = loaded.put(Deal(id="d", value=loaded.value.value + by))
        await store.commit([put, requests.record(request, put.document, NOW)])
        return put.document

    return attempt


async def run(store: Store, attempt: Attempt, request: IdempotencyKey = ASKED) -> Deal:
    return await requests.run(store, Call(caller=SYSTEM, method="test", request=request), Deal, attempt)


async def test_a_repetition_gets_the_first_answer_and_changes_nothing(store: Store) -> None:
    first = await run(store, creating(store, "d1"))
    assert first == Deal(id="d1", name="d1", version=1)
    assert await run(store, creating(store, "d2")) == first
    assert await _ids(store) == ["d1"]


async def test_the_first_answer_stays_when_the_row_has_changed(store: Store) -> None:
    await store.commit([create(DEALS, Deal(id="d"))])
    assert (await run(store, adding(store))).value == 1
    other = IdempotencyKey(request_id="r2", caller="c", fingerprint="g")
    assert (await run(store, adding(store, other, by=10), other)).value == 11
    assert (await run(store, adding(store))).value == 1
    assert (await _deal(store)).value == 11


async def test_another_request_under_the_same_id_is_refused(store: Store) -> None:
    await run(store, creating(store, "d1"))
    other = IdempotencyKey(request_id="r1", caller="c", fingerprint="other")
    with pytest.raises(RequestIdReused):
        await run(store, creating(store, "d2", other), other)
    assert await _ids(store) == ["d1"]


async def test_callers_do_not_share_request_ids(store: Store) -> None:
    await run(store, creating(store, "d1"))
    other = IdempotencyKey(request_id="r1", caller="another", fingerprint="f")
    assert (await run(store, creating(store, "d2", other), other)).id == "d2"


async def test_without_an_id_every_request_counts(store: Store) -> None:
    await store.commit([create(DEALS, Deal(id="d"))])
    nobody = IdempotencyKey(caller="c", fingerprint="f")
    for value in (1, 2):

        async def attempt() -> Deal:
            loaded = await get(store, DEALS, "d")
            assert loaded is not None
            put = loaded.put(Deal(id="d", value=loaded.value.value + 1))
            await store.commit([put])
            return put.document

        assert (await run(store, attempt, nobody)).value == value


async def test_the_same_request_twice_at_once_has_one_effect(store: Store) -> None:
    answers = await asyncio.gather(*(run(store, creating(store, f"d{n}")) for n in range(20)))
    assert await _ids(store) == [answers[0].id]
    assert answers == [answers[0]] * 20


async def test_a_conflict_is_decided_again_on_what_is_there(store: Store) -> None:
    await store.commit([create(DEALS, Deal(id="d"))])
    failing = FailingCommits(store)
    failing.refuse_next(VersionConflict("deal", "d"), VersionConflict("deal", "d"))
    assert (await run(failing, adding(failing))).value == 1


async def test_endless_competition_ends(store: Store) -> None:
    await store.commit([create(DEALS, Deal(id="d"))])
    failing = FailingCommits(store)
    failing.refuse_next(*(VersionConflict("deal", "d") for _ in range(requests.ATTEMPTS)))
    with pytest.raises(Contended):
        await run(failing, adding(failing))
    assert (await _deal(store)).value == 0


async def test_a_repetition_that_breaks_a_rule_by_its_own_first_effect_gets_the_first_answer(store: Store) -> None:
    first = await run(store, creating(store, "d1", name="n"))

    async def refused() -> Deal:
        raise InvalidInput([Violation("name", "is taken")])

    assert await run(store, refused) == first
    with pytest.raises(InvalidInput):
        await run(store, refused, IdempotencyKey(request_id="r2", caller="c", fingerprint="f"))


async def test_a_repetition_that_meets_its_own_unique_value_gets_the_first_answer(store: Store) -> None:
    first = await run(store, creating(store, "d1", name="n"))
    assert await run(store, creating(store, "d2", name="n")) == first


async def test_a_unique_value_that_stays_taken_is_a_duplicate(store: Store) -> None:
    await run(store, creating(store, "d1", name="n"))
    other = IdempotencyKey(request_id="r2", caller="c", fingerprint="f")
    with pytest.raises(Duplicate) as failed:
        await run(store, creating(store, "d2", other, name="n"), other)
    assert isinstance(failed.value.__cause__, UniqueViolation)


async def test_an_answer_that_was_lost_is_given_by_the_repetition(store: Store) -> None:
    failing = FailingCommits(store)
    failing.lose_next_answer(StoreUnavailable("the connection broke"))
    assert (await run(failing, creating(failing, "d1"))).id == "d1"
    failing.lose_next_answer(VersionConflict("deal", "d2"))
    other = IdempotencyKey(request_id="r2", caller="c", fingerprint="f")
    assert (await run(failing, creating(failing, "d2", other), other)).id == "d2"
    assert await _ids(store) == ["d1", "d2"]


async def test_while_the_store_is_away_nothing_is_answered(store: Store) -> None:
    away = Away(store)
    away.away = True
    with pytest.raises(StoreUnavailable):
        await run(away, creating(away, "d1"))
    away.away = False
    assert (await run(away, creating(away, "d1"))).id == "d1"


async def test_a_repetition_while_the_first_is_under_way_waits_for_its_answer(store: Store) -> None:
    gate = Gate(store)
    gate.shut()
    first = asyncio.create_task(run(gate, creating(gate, "d1")))
    second = asyncio.create_task(run(gate, creating(gate, "d2")))
    await until(lambda: gate.waiting == 2)
    gate.open()
    assert await first == await second == Deal(id="d1", name="d1", version=1)


async def _ids(store: Store) -> list[str]:
    return [loaded.value.id for loaded in (await store.find(Query(kind=DEALS))).rows]


async def _deal(store: Store) -> Deal:
    loaded = await get(store, DEALS, "d")
    assert loaded is not None
    return loaded.value
