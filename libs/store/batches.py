"""Waiting commits in one transaction, for an engine where a transaction costs round trips.

What comes while a batch is under way is the next batch. When a batch is refused nobody knows for whose sake, so it is
tried again in halves until the culprit stands alone; its neighbours are committed on the way.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from libs.errors import StoreUnavailable
from libs.store.port import StoreError, VersionConflict

UNITS_PER_BATCH = 256
UNITS_WAITING = 10_000

S = TypeVar("S")


class Change(NamedTuple):
    """What a write does to a version: from `expected` to `made`; 0 is a document that does not exist."""

    expected: int
    made: int


class Unit(Generic[S]):
    """The writes of one caller, `steps`, as the engine wants them; `changes` by kind and id."""

    __slots__ = ("answer", "changes", "steps")

    def __init__(self, steps: Sequence[S], changes: Mapping[tuple[str, str], Change]) -> None:
        self.steps = steps
        self.changes = changes
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(self, failure: BaseException | None = None) -> None:
        """Tell the caller, unless it has gone."""
        if not self.answer.done():
            if failure is None:
                self.answer.set_result(None)
            else:
                self.answer.set_exception(failure)


Attempt = Callable[[Sequence[Unit[S]]], Awaitable[None]]


class Batches(Generic[S]):
    """Commits units through `attempt`, which writes all of them or none: StoreError if one cannot be written,
    StoreUnavailable if nothing can."""

    def __init__(self, attempt: Attempt[S]) -> None:
        self._attempt = attempt
        self._waiting: deque[Unit[S]] = deque()
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    async def commit(self, unit: Unit[S]) -> None:
        """Write the unit or nothing of it; durable when it returns."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if len(self._waiting) >= UNITS_WAITING:
            raise StoreUnavailable(f"{UNITS_WAITING} commits are waiting already")
        self._waiting.append(unit)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await unit.answer

    async def close(self) -> None:
        """Commit what has come so far."""
        self._closed = True
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        batch: list[Unit[S]] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), UNITS_PER_BATCH))]
                await self._settle(batch)
        finally:  # whatever went wrong, nobody waits for ever
            for unit in (*batch, *self._waiting):
                unit.settle(StoreUnavailable("the commit was given up"))
            self._waiting.clear()

    async def _settle(self, batch: Sequence[Unit[S]]) -> None:
        """Answer every unit. Those that touch a document which an earlier one changes come after it."""
        while batch:
            touched: set[tuple[str, str]] = set()
            first: list[Unit[S]] = []
            later: list[Unit[S]] = []
            for unit in batch:
                (first if touched.isdisjoint(unit.changes) else later).append(unit)
                touched.update(unit.changes)
            await self._halve(first)
            batch = [unit for unit in later if not _overtaken(unit, first)]

    async def _halve(self, units: Sequence[Unit[S]]) -> None:
        try:
            await self._attempt(units)
        except StoreUnavailable as err:
            for unit in units:
                unit.settle(StoreUnavailable(err.message))
        except StoreError as err:
            if len(units) == 1:
                units[0].settle(err)
                return
            middle = len(units) // 2
            await self._halve(units[:middle])
            await self._halve(units[middle:])
        else:
            for unit in units:
                unit.settle()


def _overtaken(unit: Unit[S], before: Sequence[Unit[S]]) -> bool:
    """Refuse a unit that expects what one of those before it has just replaced."""
    for other in before:
        if other.answer.cancelled() or other.answer.exception() is not None:
            continue
        for key in unit.changes.keys() & other.changes.keys():
            if other.changes[key].made != unit.changes[key].expected:
                unit.settle(VersionConflict(*key))
                return True
    return False
