"""Commits waiting units together in one transaction, for an engine with which a transaction costs round trips.

Units that arrive while a batch runs form the next batch, up to as many writes as one commit may have, so a large unit
is a batch of its own. A refused batch is tried again in halves, because the refusal does not show which unit caused it,
until that unit is alone; the others are committed on the way. A unit whose documents another process keeps changing is
set aside and tried again alone, while the batches continue; units of this process that change the same documents wait
for it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from libs.clock import monotonic
from libs.errors import StoreUnavailable
from libs.ids import jittered
from libs.store.port import WRITES_PER_COMMIT, Delete, StoreError, VersionConflict, Write

UNITS_PER_BATCH = 256
WRITES_PER_BATCH = WRITES_PER_COMMIT
UNITS_WAITING = 10_000
PAUSE_FIRST_SECONDS, PAUSE_MOST_SECONDS = 0.004, 0.25
INSIST_WITHIN = timedelta(seconds=12)

S = TypeVar("S")


class Change(NamedTuple):
    """The version that a write replaces (`expected`) and the one it makes (`made`); 0: no document."""

    expected: int
    made: int


def change_of(write: Write) -> Change:
    """The change of version by a write."""
    if isinstance(write, Delete):
        return Change(write.version, 0)
    return Change(write.document.version - 1, write.document.version)


class Unit(Generic[S]):
    """The writes of one caller. steps: in the form of the engine. changes: of versions, by kind and id."""

    __slots__ = ("answer", "changes", "steps")

    def __init__(self, steps: Sequence[S], changes: Mapping[tuple[str, str], Change]) -> None:
        self.steps = steps
        self.changes = changes
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(self, failure: BaseException | None = None) -> None:
        """Give the caller its result, or raise `failure` there; nothing if the caller has cancelled."""
        if not self.answer.done():
            if failure is None:
                self.answer.set_result(None)
            else:
                self.answer.set_exception(failure)


class Contention(Exception):
    """Another process is changing a document of one of the units. Nothing was written; another attempt may succeed."""


Attempt = Callable[[Sequence[Unit[S]]], Awaitable[None]]


class Batches(Generic[S]):
    """Commits units through `attempt`, which writes all of them or none. It raises StoreError if a unit is refused,
    Contention if another attempt may succeed, StoreUnavailable if nothing can be written. insist_within: how long a
    contended unit is tried again, unless its caller cancels before."""

    def __init__(self, attempt: Attempt[S], *, insist_within: timedelta = INSIST_WITHIN) -> None:
        self._attempt = attempt
        self._insist_seconds = insist_within.total_seconds()
        self._waiting: deque[Unit[S]] = deque()
        self._running: asyncio.Task[None] | None = None
        self._aside: dict[tuple[str, str], Unit[S]] = {}  # the last unit that waits for each contended document
        self._insisting: set[asyncio.Task[None]] = set()
        self._closed = False

    async def commit(self, unit: Unit[S]) -> None:
        """Write the unit as a whole; durable when it returns. StoreError; StoreUnavailable, also if UNITS_WAITING wait
        already, if the store is closed, or if the unit stays contended."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if len(self._waiting) + len(self._insisting) >= UNITS_WAITING:
            raise StoreUnavailable(f"{UNITS_WAITING} commits are waiting already")
        self._waiting.append(unit)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await unit.answer

    async def close(self) -> None:
        """Commit the units that have arrived; later ones get StoreUnavailable."""
        self._closed = True
        if self._running is not None:
            await self._running
        await asyncio.gather(*self._insisting)

    async def _run(self) -> None:
        batch: list[Unit[S]] = []
        try:
            while self._waiting:
                batch = list(self._taken())
                await self._settle(batch)
                batch = []
        finally:  # whatever went wrong, no caller waits for ever
            for unit in (*batch, *self._waiting):
                unit.settle(StoreUnavailable("the commit was given up"))
            self._waiting.clear()

    def _taken(self) -> Iterator[Unit[S]]:
        """Remove the units that have waited longest, as many as one transaction takes, at least one."""
        units, writes = 0, 0
        while self._waiting and units < UNITS_PER_BATCH:
            writes += len(self._waiting[0].steps)
            if units and writes > WRITES_PER_BATCH:
                return
            units += 1
            yield self._waiting.popleft()

    async def _settle(self, batch: Sequence[Unit[S]]) -> None:
        """Answer every unit, or set it aside. Units that change a document of an earlier unit are written after it."""
        while batch:
            touched: set[tuple[str, str]] = set()
            first: list[Unit[S]] = []
            later: list[Unit[S]] = []
            for unit in batch:
                if not self._aside.keys().isdisjoint(unit.changes):
                    self._set_aside(unit)
                    continue
                (first if touched.isdisjoint(unit.changes) else later).append(unit)
                touched.update(unit.changes)
            if first:
                await self._halve(first)
            batch = [unit for unit in later if not _overtaken(unit, first)]

    async def _halve(self, units: Sequence[Unit[S]]) -> None:
        try:
            await self._attempt(units)
        except StoreUnavailable as err:
            for unit in units:
                unit.settle(_copy(err))
        except (StoreError, Contention) as err:
            if len(units) > 1:
                middle = len(units) // 2
                await self._halve(units[:middle])
                await self._halve(units[middle:])
            elif isinstance(err, StoreError):
                units[0].settle(err)
            else:
                self._set_aside(units[0])
        else:
            for unit in units:
                unit.settle()

    def _set_aside(self, unit: Unit[S]) -> None:
        before = [other for other in dict.fromkeys(map(self._aside.get, unit.changes)) if other is not None]
        self._aside.update(dict.fromkeys(unit.changes, unit))
        task = asyncio.create_task(self._insist(unit, before))
        self._insisting.add(task)
        task.add_done_callback(self._insisting.discard)

    async def _insist(self, unit: Unit[S], before: Sequence[Unit[S]]) -> None:
        """Answer a unit that was set aside, after the units of this process that it has to wait for."""
        try:
            for other in before:
                await asyncio.wait([other.answer])
            if not _overtaken(unit, before):
                await self._repeat(unit)
        finally:
            unit.settle(StoreUnavailable("the commit was given up"))
            for key in unit.changes:
                if self._aside.get(key) is unit:
                    del self._aside[key]

    async def _repeat(self, unit: Unit[S]) -> None:
        give_up_at, pause = monotonic() + self._insist_seconds, PAUSE_FIRST_SECONDS
        while not unit.answer.done():
            await asyncio.sleep(jittered(pause))
            pause = min(pause * 2, PAUSE_MOST_SECONDS)
            try:
                await self._attempt([unit])
            except (StoreError, StoreUnavailable) as err:
                unit.settle(err)
            except Contention:
                if monotonic() >= give_up_at:
                    unit.settle(StoreUnavailable("other processes keep changing the same documents"))
            else:
                unit.settle()


def _copy(err: StoreUnavailable) -> StoreUnavailable:
    """A copy of the error for one caller, because raising it adds a traceback."""
    found = type(err)(err.message)
    found.args = err.args
    return found


def _overtaken(unit: Unit[S], before: Sequence[Unit[S]]) -> bool:
    """Whether a unit in `before` has just replaced a version that `unit` expects; then `unit` gets VersionConflict."""
    for other in before:
        if not other.answer.done() or other.answer.cancelled() or other.answer.exception() is not None:
            continue
        for key in unit.changes.keys() & other.changes.keys():
            if other.changes[key].made != unit.changes[key].expected:
                unit.settle(VersionConflict(*key))
                return True
    return False
