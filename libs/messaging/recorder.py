"""Records calls without an event of their own for the trail: disclosures of personal data, and refusals.

Disclosures are durable before their answers leave, so they are grouped: all that wait share one commit and one event.
Refusals wait for nobody. They are written a moment later, equal ones counted together, and no faster than a rate that a
flood of them cannot turn into a full trail.
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

# Larger groups cost no less, and all callers would wait for the disk together instead of by turns.
ENOUGH_RECORDS = 32

_AWAY_SECONDS = 1.0

Write = Callable[[Sequence[CallRecord]], Awaitable[None]]


class Pacing(msgspec.Struct, frozen=True, kw_only=True):
    """The delays of a recorder; other than the default only for tests. disclosures_seconds: while several come at once
    the next commit waits so long for more; one that comes alone is written at once. refusals_seconds: how long they
    gather."""

    disclosures_seconds: float = 0.01
    refusals_seconds: float = 0.05


DEFAULT_PACING = Pacing()


class _Waiting(msgspec.Struct, eq=False):
    record: CallRecord
    written: asyncio.Future[None]


class Recorder:
    """The records of one service in one process. write: `Env.record`. clock: what records are dated by."""

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
        """Wait for it before the answer leaves: then the record is durable. StoreUnavailable: it must not leave."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(record, written))
        if len(self._waiting) >= self._enough:
            self._disclosed.set()
        return written

    def refused(self, record: CallRecord) -> None:
        """Never waits."""
        self._refusals.add(record)
        self._refused.set()

    async def run(self) -> None:
        """Write until cancelled."""
        await together([self._write_disclosures(), self._write_refusals()])

    async def drain(self, within_seconds: float) -> bool:
        """Write the refusals that are left, when no more come; False if that took too long or the store is
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
            if count > 1:  # as many as before are probably all there are: those need not wait for others
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(started + self._pacing.disclosures_seconds - monotonic(), 0.0)):
                        await self._until(min(count, ENOUGH_RECORDS))

    async def _until(self, enough: int) -> None:
        """Wait for so many, without being woken for each."""
        self._enough = enough
        while len(self._waiting) < enough:
            self._disclosed.clear()
            await self._disclosed.wait()

    def _take_group(self) -> list[_Waiting]:
        """As many as one event holds; without those whose callers have cancelled, who get no answer."""
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
