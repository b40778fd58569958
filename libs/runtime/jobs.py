"""Runs the jobs of the services: each at its interval, or all of them now."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import structlog

from libs.env import Env
from libs.errors import AppError
from libs.lifetime import together
from libs.messaging.purge import purge_edge, purge_requests, purge_seen
from libs.privacy.sealing.store import SealedStore
from libs.runtime.lane_heads import BEAT_EVERY
from libs.runtime.service import Job, Service
from libs.store.port import LaysOut, StoreError

JOB_SECONDS = 300.0
ROUNDS_AT_ONCE = 100
PURGE_EVERY = timedelta(hours=1)
LAY_OUT_EVERY = timedelta(minutes=10)

log = structlog.get_logger()


async def _purge(env: Env[Any]) -> int:
    now = env.clock.now()
    found = await purge_seen(env.store, now) + await purge_requests(env.store, now)
    return found + await purge_edge(env.store, now)


async def _lay_out(env: Env[Any]) -> int:
    """Lay out what a process of another release has written since the start: during a rollout the last new process
    starts before the last old one has ended."""
    inner = env.store.inner if isinstance(env.store, SealedStore) else env.store
    if isinstance(inner, LaysOut):
        await inner.lay_out()
    return 0


def _heads(service: Service) -> Iterator[Job[Any]]:
    heads = service.heads
    if heads is not None:
        yield Job(f"{service.name}__state_heads", BEAT_EVERY, lambda _: heads.beat())


def _of_every(service: str) -> Iterator[Job[Any]]:
    yield Job(f"{service}__purge", PURGE_EVERY, _purge)
    yield Job(f"{service}__lay_out", LAY_OUT_EVERY, _lay_out)


class _Due(NamedTuple):
    job: Job[Any]
    env: Env[Any]
    busy: asyncio.Lock


class Jobs:
    """The jobs of all services of a process, and for each service the purge of old seen marks and request records, the
    index values of documents that another release has written, and the heads of its lanes."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._all = [
            _Due(job, service.env, asyncio.Lock())
            for service in services
            for job in (*service.jobs, *_of_every(service.name), *_heads(service))
        ]

    async def run(self) -> None:
        """Run each job at its interval until cancelled, the first time at once. A job that fails is logged and runs
        again at its next interval, because a bug in a job must not stop the calls."""
        await together(self._repeat(due) for due in self._all)

    async def run_now(self) -> dict[str, int]:
        """Run all jobs, one after the other, each until it changes no more rows (ROUNDS_AT_ONCE at most); the number of
        rows changed by each. Raises what a job raises."""
        return {due.job.name: await self._drive(due) for due in self._all}

    async def idle(self, within_seconds: float) -> bool:
        """Wait until no job runs, and prevent further runs; False if that took too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                for due in self._all:
                    await due.busy.acquire()
                return True
        return False

    async def _repeat(self, due: _Due) -> None:
        while True:
            try:
                moved = await self._drive(due)
            except (AppError, StoreError, TimeoutError) as err:
                log.warning("job_put_off", job=due.job.name, cause=err)
            except Exception as err:  # noqa: BLE001 - the outermost loop: logged with its cause
                log.error("job_failed", job=due.job.name, cause=err)
            else:
                if moved:
                    log.info("job_done", job=due.job.name, rows=moved)
            await asyncio.sleep(due.job.every.total_seconds())

    async def _drive(self, due: _Due) -> int:
        moved = 0
        async with due.busy, asyncio.timeout(JOB_SECONDS):
            for _ in range(ROUNDS_AT_ONCE):
                rows = await due.job.run(due.env)
                moved += rows
                if not rows:
                    break
        return moved
