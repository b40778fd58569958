"""What was acknowledged survives: a clean stop, and the death of the process in the middle of writing."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from libs.errors import StoreUnavailable
from libs.store.port import Kind, Query, Store
from tests.contracts.store.documents import COUNTERS, ITEMS, change, counter, item, read
from tests.contracts.store.site import Site, opened

ROOT = Path(__file__).parents[4]
KILL_AFTER = 150
WITHIN_SECONDS = 30.0


async def what_was_acknowledged_is_there_after_a_restart(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", email="x"), counter("b", 1)])
        await change(store, COUNTERS, "b", value=2)
    async with opened(site) as store:
        assert await read(store, ITEMS, "a") == item("a", email="x").document
        left = await change(store, COUNTERS, "b", value=3)
        assert (left.value, left.version) == (3, 3)


async def after_closing_nothing_is_answered(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a")])
        assert await read(store, COUNTERS, "a") == counter("a").document
    await store.close()  # once more does no harm
    with pytest.raises(StoreUnavailable):
        await store.commit([counter("b")])
    with pytest.raises(StoreUnavailable):
        await store.get_many(COUNTERS, ["a"])
    with pytest.raises(StoreUnavailable):
        await store.get_many(COUNTERS, ["a", "b"])
    with pytest.raises(StoreUnavailable):
        await store.find(Query(kind=COUNTERS))
    with pytest.raises(StoreUnavailable):
        await store.ensure([COUNTERS])
    async with opened(site) as store:
        assert await read(store, COUNTERS, "a") == counter("a").document
        assert await read(store, COUNTERS, "b") is None


async def a_killed_process_loses_nothing_it_acknowledged(site: Site) -> None:
    async with opened(site):
        pass
    acknowledged: set[str] = set()
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contracts.store.writer", *site.arguments, stdout=PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    async with asyncio.timeout(WITHIN_SECONDS):
        while line := await writer.stdout.readline():
            if line.endswith(b"\n"):
                acknowledged.add(line.decode().strip())
            if len(acknowledged) == KILL_AFTER:
                writer.kill()  # and read what it had said until then
        await writer.wait()
    assert len(acknowledged) >= KILL_AFTER
    await site.recover()
    async with opened(site) as store:
        stored = {id async for id in _all(store, ITEMS)}
        assert acknowledged <= stored
        assert stored == {id async for id in _all(store, COUNTERS)}
        await store.commit([item("after"), counter("after")])


async def _all(store: Store, kind: Kind[Any]) -> AsyncIterator[str]:
    cursor, more = "", True
    while more:
        page = await store.find(Query(kind=kind, limit=1_000, cursor=cursor))
        for loaded in page.rows:
            yield loaded.value.id
        cursor, more = page.next_cursor, bool(page.next_cursor)
