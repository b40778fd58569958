"""The wrappers do what tests rely on: each its one fault, and otherwise what the store behind it does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.errors import StoreUnavailable
from libs.store.port import Document, Kind, Put, Query, Store, VersionConflict, create, get
from libs.store.sqlite import SqliteStore
from tests.store_faults import Away, FailingCommits, Gate
from tests.waiting import until

ROWS = Kind("row", Document)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await SqliteStore.open(tmp_path / "store.db")
    await opened.ensure([ROWS])
    yield opened
    await opened.close()


async def test_commits_fail_as_they_were_told_to(store: Store) -> None:
    failing = FailingCommits(store)
    failing.refuse_next(StoreUnavailable("one"), VersionConflict("row", "two"))
    for error in (StoreUnavailable, VersionConflict):
        with pytest.raises(error):
            await failing.commit([_row("a")])
    assert await _ids(failing) == []
    failing.lose_next_answer(StoreUnavailable("three"))
    with pytest.raises(StoreUnavailable):
        await failing.commit([_row("b")])
    await failing.commit([_row("c")])
    assert await _ids(failing) == ["b", "c"]


async def test_a_store_that_is_away_answers_nothing(store: Store) -> None:
    away = Away(store)
    away.away = True
    for use in (away.ensure([ROWS]), get(away, ROWS, "a"), away.find(Query(kind=ROWS)), away.commit([_row("a")])):
        with pytest.raises(StoreUnavailable):
            await use
    away.away = False
    await away.commit([_row("b")])
    assert await _ids(away) == ["b"]
    assert (await get(away, ROWS, "a")) is None
    await away.ensure([ROWS])


async def test_commits_wait_at_a_gate(store: Store) -> None:
    gate = Gate(store)
    await gate.commit([_row("a")])
    gate.shut()
    tasks = [asyncio.create_task(gate.commit([_row(id)])) for id in "bc"]
    await until(lambda: gate.waiting == 2)
    assert await _ids(gate) == ["a"]
    gate.open()
    await asyncio.gather(*tasks)
    assert (await _ids(gate), gate.waiting) == (["a", "b", "c"], 0)


def _row(id: str) -> Put[Document]:
    return create(ROWS, Document(id=id))


async def _ids(store: Store) -> list[str]:
    return [loaded.value.id for loaded in (await store.find(Query(kind=ROWS))).rows]
