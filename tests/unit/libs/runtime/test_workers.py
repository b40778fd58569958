"""A worker runs as long as the process, and is started again when it fails or ends."""

import asyncio
from types import SimpleNamespace
from typing import Any

from libs.lifetime import alongside
from libs.runtime.service import Service, Worker
from libs.runtime.workers import working
from tests.waiting import until


def a_service(*workers: Worker[Any]) -> Service:
    env: Any = SimpleNamespace()
    return Service(name="notes", descriptors=(), servicer=object(), env=env, workers=workers)


async def test_a_worker_that_fails_is_started_again_and_harms_no_other() -> None:
    starts, steady = [], asyncio.Event()

    async def fails(env: Any) -> None:
        starts.append(env)
        raise RuntimeError("a bug")

    async def works(env: Any) -> None:
        steady.set()
        await asyncio.Event().wait()

    service = a_service(Worker("notes__fail", fails), Worker("notes__work", works))
    async with alongside(working([service], again_seconds=0.0)):
        await until(lambda: len(starts) >= 3)
        assert steady.is_set()


async def test_a_worker_ends_with_the_process() -> None:
    ended = asyncio.Event()

    async def works(env: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with alongside(working([a_service(Worker("notes__work", works))])):
        await asyncio.sleep(0)
    assert ended.is_set()
