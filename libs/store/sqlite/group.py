"""Group commit: many callers, one transaction, one fsync.

A unit's statements run in the event loop as soon as it comes, on the one connection that writes; only COMMIT, which
waits for the disk, runs in a thread, and what comes meanwhile waits for it. Nobody is answered before the COMMIT, also
not those who are refused: the row that caused the refusal may itself not be durable yet. A large unit is a group of its
own, and its statements run in the thread, so that it holds up those who write and nobody else.
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
WRITES_IN_LOOP = 100  # of one unit; about a millisecond
UNITS_WAITING = 10_000

T = TypeVar("T")


class Unit:
    """The writes of one caller."""

    __slots__ = ("answer", "refusal", "steps")

    def __init__(self, steps: Sequence[Step | NumberedStep], answer: asyncio.Future[None]) -> None:
        self.steps = steps
        self.answer = answer
        self.refusal: StoreError | None = None

    @property
    def large(self) -> bool:
        """Whether its statements would hold up the event loop."""
        return len(self.steps) > WRITES_IN_LOOP


class GroupCommit:
    """Takes units in, commits them in groups to the file at `path`: a lone one at once, after a group of two or more at
    most one COMMIT per `interval_seconds`, because an fsync is shorter than the gap between two callers and would else
    be paid by each of them."""

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
        self._last_start = self._loop.time() - interval_seconds
        self._last_units = 0

    async def commit(self, steps: Sequence[Step | NumberedStep]) -> None:
        """Write the steps or none of them; durable when it returns."""
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
        """Run `job` in the thread, between two groups."""
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
        """Commit what has come so far, then let go of the thread; the connection is the caller's again. Once only."""
        self._closed = True
        while self._busy or self._group or self._waiting:
            await self._next_idle()
        self._thread.shutdown()

    async def _next_idle(self) -> None:
        idle = self._loop.create_future()
        self._idle.append(idle)
        await idle

    def _admit(self) -> None:
        """Let in who waits, in the order they came, until the group is full."""
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
        """Run a unit's statements; if the file does not take them, the whole group is off."""
        self._group.append(unit)
        self._writes += len(unit.steps)
        if unit.large:
            self._start(lambda: self._write_alone(unit))
            return
        try:
            if len(self._group) == 1:
                self._begin()
            unit.refusal = self._write(unit)
        except sqlite3.Error as err:
            self._answer(err)
        else:
            self._schedule()

    def _write_alone(self, unit: Unit) -> None:
        """Called in the thread: the whole group, which is this unit."""
        self._begin()
        last = self._lane.last
        unit.refusal = next((refusal for step in unit.steps if (refusal := step.run(self._cursor))), None)
        if unit.refusal is None:
            self._connection.commit()
        else:
            self._lane.last = last
            self._cursor.execute("ROLLBACK")

    def _begin(self) -> None:
        if self._connection.in_transaction:  # a rollback failed along with what it was to undo
            self._cursor.execute("ROLLBACK")
        self._cursor.execute("BEGIN IMMEDIATE")
        self._careful = False

    def _write(self, unit: Unit) -> StoreError | None:
        """All the steps or none; the refusal of the first one that was refused."""
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
        """Take half a unit back by starting over. A savepoint round each unit would cost each as much as its own
        statements, so they are set only from here to the end of this group, and it is started over once at most."""
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
        else:  # still leaves room for those who are ready in this turn of the loop
            self._timer = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._start(self._connection.commit)

    def _start(self, commit: Callable[[], None]) -> None:
        """What is left to do for the group, in the thread."""
        self._last_start, self._last_units = self._loop.time(), len(self._group)
        self._busy = True
        self._thread.submit(commit).add_done_callback(self._committed)

    def _committed(self, commit: "Future[None]") -> None:
        """Called in the thread."""
        self._loop.call_soon_threadsafe(self._settle, commit.exception())

    def _settle(self, failure: BaseException | None) -> None:
        self._answer(failure)
        self._resume()

    def _answer(self, failure: BaseException | None) -> None:
        """Answer every caller of the group, and end it."""
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
        with suppress(sqlite3.Error):  # then `_begin` tries again
            self._connection.rollback()

    def _resume(self) -> None:
        """Go on with those who waited."""
        self._busy = False
        self._admit()
        if not self._group:
            idle, self._idle = self._idle, []
            for one in idle:
                if not one.done():
                    one.set_result(None)
