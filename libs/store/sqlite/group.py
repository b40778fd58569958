"""Group commit: many callers, one transaction, one fsync.

The statements of a unit run in the event loop as soon as it arrives, on the one connection that writes. Only COMMIT,
which waits for the disk, runs in a thread; units that arrive meanwhile wait for it. No caller is answered before the
COMMIT, not even one that is refused, because the row that caused the refusal may not be durable yet. A large unit is a
group of its own, and its statements run in slices, between which the event loop does other work, so that it delays only
other commits. In the thread each statement would give away the interpreter's lock, which a busy loop keeps for 5 ms.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from libs.errors import StoreUnavailable
from libs.store.lanes import Lane
from libs.store.port import WRITES_PER_COMMIT, StoreError
from libs.store.sqlite.files import unavailable
from libs.store.sqlite.plan import NumberedStep, Step

UNITS_PER_GROUP = 256
WRITES_PER_GROUP = WRITES_PER_COMMIT
WRITES_IN_LOOP = 100  # the most of one unit; they take about a millisecond
WRITES_PER_SLICE = 50
UNITS_WAITING = 10_000

T = TypeVar("T")


class Unit:
    """The writes of one caller. refusal: the error that the caller gets after the COMMIT, if any."""

    __slots__ = ("answer", "refusal", "steps")

    def __init__(self, steps: Sequence[Step | NumberedStep], answer: asyncio.Future[None]) -> None:
        self.steps = steps
        self.answer = answer
        self.refusal: StoreError | None = None

    @property
    def large(self) -> bool:
        """Whether its statements would block the event loop for too long at once."""
        return len(self.steps) > WRITES_IN_LOOP


class GroupCommit:
    """Commits units in groups to the file at `path`. A single unit is committed at once; after a group of two or more
    there is at most one COMMIT per `interval_seconds`, because an fsync is shorter than the gap between two callers, so
    without the pause each of them would need one."""

    def __init__(self, connection: sqlite3.Connection, interval_seconds: float, path: Path, lane: Lane) -> None:
        self._lane = lane
        self._connection = connection
        self._path = path
        self._cursor = connection.cursor()
        self._interval_seconds = interval_seconds
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "store-commit")
        self._group: list[Unit] = []
        self._writes = 0
        self._waiting: deque[Unit] = deque()
        self._busy = False
        self._closed = False
        self._held = 0
        self._idle: list[asyncio.Future[None]] = []
        self._careful = False
        self._timer: asyncio.Handle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._last_start = self._loop.time() - interval_seconds
        self._last_units = 0

    async def commit(self, steps: Sequence[Step | NumberedStep]) -> None:
        """Write all steps or none; durable when it returns. The StoreError of a refused step; StoreUnavailable, also if
        UNITS_WAITING commits wait already or the store is closed."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        unit = Unit(steps, self._loop.create_future())
        if len(self._waiting) >= UNITS_WAITING:
            raise StoreUnavailable(f"{UNITS_WAITING} commits are waiting already")
        self._waiting.append(unit)
        if not self._busy:
            self._admit()
        await unit.answer

    async def alone(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `job`, which runs in the thread, between two groups."""
        self._held += 1
        try:
            while self._busy or self._group:
                await self._next_idle()
            self._busy = True
        finally:
            self._held -= 1
        running = self._loop.run_in_executor(self._thread, job, self._connection)
        running.add_done_callback(lambda _: self._resume())
        return await asyncio.shield(running)

    async def close(self) -> None:
        """Commit the units that have arrived, then end the thread. Afterwards the caller may close the connection. Call
        it once only."""
        self._closed = True
        while self._busy or self._group or self._waiting:
            await self._next_idle()
        self._thread.shutdown()

    async def _next_idle(self) -> None:
        idle = self._loop.create_future()
        self._idle.append(idle)
        await idle

    def _admit(self) -> None:
        """Add waiting units to the group, in the order of arrival, until it is full."""
        while self._waiting and not (self._held or self._busy):
            if not self._fits(self._waiting[0]):
                self._start_timer(0)
                return
            self._take(self._waiting.popleft())

    def _fits(self, unit: Unit) -> bool:
        if unit.large:
            return not self._group
        return len(self._group) < UNITS_PER_GROUP and self._writes + len(unit.steps) <= WRITES_PER_GROUP

    def _take(self, unit: Unit) -> None:
        """Add a unit to the group and run its statements; if SQLite fails, the whole group fails."""
        self._group.append(unit)
        self._writes += len(unit.steps)
        if unit.large:
            self._last_start, self._last_units, self._busy = self._loop.time(), 1, True
            self._writing = self._loop.create_task(self._write_slices(unit))
            self._writing.add_done_callback(self._written)
            return
        try:
            if len(self._group) == 1:
                self._begin()
            unit.refusal = self._write(unit)
        except sqlite3.Error as err:
            self._answer(err)
        else:
            self._schedule()

    async def _write_slices(self, unit: Unit) -> None:
        """Write and commit a group that is this unit alone."""
        self._begin()
        last = self._lane.last
        for done in range(0, len(unit.steps), WRITES_PER_SLICE):
            steps = unit.steps[done : done + WRITES_PER_SLICE]
            unit.refusal = next((refusal for step in steps if (refusal := step.run(self._cursor))), None)
            if unit.refusal is not None:
                self._lane.last = last
                self._cursor.execute("ROLLBACK")
                return
            await asyncio.sleep(0)
        await self._loop.run_in_executor(self._thread, self._connection.commit)

    def _written(self, writing: "asyncio.Task[None]") -> None:
        self._settle(asyncio.CancelledError() if writing.cancelled() else writing.exception())

    def _begin(self) -> None:
        if self._connection.in_transaction:  # the rollback of the previous transaction failed
            self._cursor.execute("ROLLBACK")
        self._cursor.execute("BEGIN IMMEDIATE")
        self._careful = False

    def _write(self, unit: Unit) -> StoreError | None:
        """Run all steps or none; the error of the first step that was refused, else None."""
        marked, last = self._careful and len(unit.steps) > 1, self._lane.last
        if marked:
            self._cursor.execute("SAVEPOINT unit")
        refusal = None
        for done, step in enumerate(unit.steps):
            refusal = step.run(self._cursor)
            if refusal is not None:
                self._lane.last = last
                if marked:
                    self._cursor.execute("ROLLBACK TO unit")
                elif done:
                    self._redo_without(unit)
                break
        if marked:
            self._cursor.execute("RELEASE unit")
        return refusal

    def _redo_without(self, unit: Unit) -> None:
        """Undo a unit that failed half way: roll back and run the earlier units of the group again. A savepoint for
        each unit would cost as much as its own statements, so savepoints are set only from here to the end of this
        group, which is therefore started over once at most."""
        self._cursor.execute("ROLLBACK")
        self._begin()
        self._careful = True
        for earlier in self._group:
            if earlier is not unit and earlier.refusal is None:
                refused = [step for step in earlier.steps if step.run(self._cursor) is not None]
                assert not refused, "what was written once can be written again"

    def _schedule(self) -> None:
        if len(self._group) >= UNITS_PER_GROUP or self._writes >= WRITES_PER_GROUP:
            self._start_timer(0)
        elif self._timer is None:
            due = self._last_start + self._interval_seconds if self._last_units > 1 else 0
            self._start_timer(due - self._loop.time())

    def _start_timer(self, delay_seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if delay_seconds > 0:
            self._timer = self._loop.call_later(delay_seconds, self._flush)
        else:  # callers that are ready in this turn of the event loop can still join
            self._timer = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._last_start, self._last_units = self._loop.time(), len(self._group)
        self._busy = True
        self._thread.submit(self._connection.commit).add_done_callback(self._committed)

    def _committed(self, commit: "Future[None]") -> None:
        """Called in the thread."""
        self._loop.call_soon_threadsafe(self._settle, commit.exception())

    def _settle(self, failure: BaseException | None) -> None:
        self._answer(failure)
        self._resume()

    def _answer(self, failure: BaseException | None) -> None:
        """Answer every caller of the group, and end the group. failure: the error that all of them get."""
        if failure is not None:
            self._give_up()
        group, self._group, self._writes = self._group, [], 0
        for unit in group:
            if unit.answer.done():  # its caller has cancelled
                continue
            if failure is not None:
                unit.answer.set_exception(self._told(failure))
            elif unit.refusal is not None:
                unit.answer.set_exception(unit.refusal)
            else:
                unit.answer.set_result(None)

    def _told(self, failure: BaseException) -> StoreUnavailable:
        if isinstance(failure, sqlite3.Error):
            return unavailable(failure, self._path)
        return StoreUnavailable(f"SQLite: {failure}", at=str(self._path))

    def _give_up(self) -> None:
        self._lane.end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with suppress(sqlite3.Error):  # if it fails, `_begin` tries again
            self._connection.rollback()

    def _resume(self) -> None:
        """Continue with the waiting units after the thread has finished."""
        self._busy = False
        self._admit()
        if not self._group:
            idle, self._idle = self._idle, []
            for one in idle:
                if not one.done():
                    one.set_result(None)
