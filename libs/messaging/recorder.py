"""Records calls without an event of their own in the audit trail: disclosures of personal data, and refusals.

A disclosure is durable before its answer is sent; all that wait share one commit and one event. No caller waits for the
record of a refusal: refusals are written a moment later, equal ones counted together, and at a bounded rate, so that a
flood of them cannot fill the audit trail.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import msgspec
import structlog

from libs.call import CallRecord
from libs.clock import Clock, monotonic
from libs.errors import StoreUnavailable
from libs.lifetime import together
from libs.messaging.refusals import RECORDS_PER_EVENT, Refusals

log = structlog.get_logger()

IDS_PER_EVENT = 2_000

# Larger groups cost no less per record, and more callers would wait for each commit.
ENOUGH_RECORDS = 32

_AWAY_SECONDS = 1.0

Write = Callable[[Sequence[CallRecord]], Awaitable[None]]


class Pacing(msgspec.Struct, frozen=True, kw_only=True):
    """The delays of a recorder; only tests change the defaults. disclosures_seconds: while several disclosures come at
    a time, the most that a commit waits for more of them; a single one is written at once. refusals_seconds: how long
    refusals are collected."""

    disclosures_seconds: float = 0.01
    refusals_seconds: float = 0.05


DEFAULT_PACING = Pacing()


class _Waiting(msgspec.Struct, eq=False):
    record: CallRecord
    written: asyncio.Future[None]


class Recorder:
    """Records the calls of one service in one process. write: `Env.record`. clock: for the times of records."""

    def __init__(self, write: Write, clock: Clock, *, pacing: Pacing = DEFAULT_PACING) -> None:
        self.clock = clock
        self._write = write
        self._pacing = pacing
        self._waiting: deque[_Waiting] = deque()
        self._refusals = Refusals()
        self._enough = 1
        self._disclosed = asyncio.Event()
        self._refused = asyncio.Event()

    def disclosed(self, record: CallRecord) -> Awaitable[None]:
        """An awaitable that returns when the record is durable; await it before you send the answer. If it raises
        StoreUnavailable, the answer must not be sent."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(record, written))
        if len(self._waiting) >= self._enough:
            self._disclosed.set()
        return written

    def refused(self, record: CallRecord) -> None:
        """Record a refusal later; never waits."""
        self._refusals.add(record)
        self._refused.set()

    async def run(self) -> None:
        """Write until cancelled."""
        await together([self._write_disclosures(), self._write_refusals()])

    async def drain(self, within_seconds: float) -> bool:
        """Write the remaining refusals; call it when no more come. False if that took too long or the store is
        unavailable."""
        with suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(within_seconds):
                while left := self._refusals.take_anyway():
                    await self._write(left)
                return True
        return False

    async def _write_disclosures(self) -> None:
        while True:
            await self._until(1)
            started = monotonic()
            count = await self._write_group(self._take_group())
            if count > 1:  # as many as in this group are probably all, so they need not wait for more
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(started + self._pacing.disclosures_seconds - monotonic(), 0.0)):
                        await self._until(min(count, ENOUGH_RECORDS))

    async def _until(self, enough: int) -> None:
        """Wait until this many disclosures wait, without waking up for each."""
        self._enough = enough
        while len(self._waiting) < enough:
            self._disclosed.clear()
            await self._disclosed.wait()

    def _take_group(self) -> list[_Waiting]:
        """Remove as many waiting disclosures as one event holds; those whose callers have cancelled are dropped."""
        group: list[_Waiting] = []
        room = IDS_PER_EVENT
        while self._waiting and len(group) < RECORDS_PER_EVENT:
            room -= len(self._waiting[0].record.shown_ids)
            if room < 0 and group:
                break
            one = self._waiting.popleft()
            if not one.written.done():
                group.append(one)
        return group

    async def _write_group(self, group: list[_Waiting]) -> int:
        if not group:
            return 0
        failure: StoreUnavailable | None = StoreUnavailable("the process ends before this could be recorded")
        try:
            await self._write([one.record for one in group])
            failure = None
        except StoreUnavailable as err:
            failure = err
        finally:
            for one in group:
                if one.written.done():
                    continue
                if failure is None:
                    one.written.set_result(None)
                else:
                    one.written.set_exception(failure)
        return len(group)

    async def _write_refusals(self) -> None:
        while True:
            if not self._refusals.pending:
                self._refused.clear()
                await self._refused.wait()
            await asyncio.sleep(max(self._pacing.refusals_seconds, self._refusals.wait_seconds(monotonic())))
            records = self._refusals.take(monotonic())
            try:
                if records:
                    await self._write(records)
            except StoreUnavailable as err:
                self._refusals.put_back(records)
                log.warning("refusals_not_recorded", count=len(records), cause=err)
                await asyncio.sleep(_AWAY_SECONDS)
