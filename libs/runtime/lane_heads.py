"""States the heads of a service's lanes as events, and closes the lanes of processes that were killed.

A process writes the row of its lane at each beat while it lives. A row that does not change for EXPIRED is that of a
process that has ended, whatever the clocks of the machines say, so another process closes the lane: the rows of its
last events are still in the outbox. A process that only did not respond for a while finds its lane closed at its next
beat and opens it again.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from msgspec.structs import replace

from libs.env import Env
from libs.errors import AppError
from libs.lane_head import LaneHead, LaneState
from libs.messaging.lanes import COUNT, LANE_COUNT, LANES, LaneCount, LaneRow
from libs.messaging.outbox import OUTBOX, micros
from libs.store.port import (
    ROWS_PER_EXPORT_BATCH,
    ROWS_PER_PAGE,
    Loaded,
    Put,
    Query,
    StoreError,
    VersionConflict,
    create,
    get,
    get_all,
)

BEAT_EVERY = timedelta(seconds=30)
BUSY_EVERY = timedelta(minutes=5)  # the interval of the heads of a lane that grows
QUIET_EVERY = timedelta(hours=1)
KEPT = timedelta(days=1)

# Shorter than libs.messaging.sent.REPLAY_WINDOW_SECONDS: after that a row that tells the end of a lane may be deleted.
EXPIRED = timedelta(seconds=90)

# How long before its commit an event may have got the time by which the outbox is read.
LOOK_BACK = timedelta(minutes=1)

_EVERYTHING = 0

log = structlog.get_logger()


class _Sighting(NamedTuple):
    """The row of an open lane of another process: its version, and when that was first seen."""

    version: int
    since: datetime


class LaneHeads:
    """The lanes of one service, as one of its processes sees them."""

    def __init__(self, env: Env[Any]) -> None:
        self._env = env
        self._sightings: dict[str, _Sighting] = {}
        self._looked = False
        self._beating = asyncio.Lock()

    async def announce(self) -> None:
        """State the head of each lane as soon as it has begun, until cancelled: if the process is killed, others then
        know the lane by its row."""
        begun = self._env.written.begun
        while True:
            await begun.wait()
            begun.clear()
            try:
                await self.beat()
            except (AppError, StoreError) as err:  # the next beat does it
                log.warning("lane_not_announced", service=self._env.service, cause=err)

    async def beat(self) -> int:
        """Write the row of the own lane, state the heads that are due, close lanes that have expired; how many heads
        were stated. StoreUnavailable. A lane that another process changes meanwhile is left to the next beat."""
        async with self._beating:
            return await self._beat()

    async def _beat(self) -> int:
        written = self._env.written
        await self._settle_doubts()
        stated = sum([await self._tell(lane, number) for lane, number in (await self._unknown()).items()])
        for lane, number in list(written.reached.items()):
            stated += await self._tell(lane, number)
        for lane in await get_all(self._env.store, LANES, written.reached):
            if lane != written.current:  # nothing more is written in it: it expires
                del written.reached[lane]
        for lane, number in (await self._expired()).items():
            stated += await self._tell(lane, number, closing=True)
        await self._forget()
        return stated

    async def close(self) -> None:
        """State that the own lanes are closed; call it when nothing more is written. StoreUnavailable."""
        await self.beat()  # commits that were cancelled are written before this one
        await self._settle_doubts()
        for lane, number in list(self._env.written.reached.items()):
            await self._tell(lane, number, closing=True)

    async def _settle_doubts(self) -> None:
        found = await get_all(self._env.store, OUTBOX, self._env.written.doubtful())
        for loaded in found.values():
            if loaded.value.number:
                self._env.written.settle(loaded.value.id, loaded.value.lane, loaded.value.number)

    async def _tell(self, lane: str, number: int, *, closing: bool = False) -> int:
        """Write the row of a lane, and state its head if that is due; how many heads were stated."""
        now, loaded = self._env.clock.now(), await get(self._env.store, LANES, lane)
        state = LaneState.CLOSED if closing else LaneState.OPEN
        if loaded is not None and loaded.value.state is state is LaneState.CLOSED:
            return 0
        try:
            if loaded is not None and not _is_due(loaded.value, number, state, now):
                beat = replace(loaded.value, number=max(number, loaded.value.number), heard_time=now)
                await self._env.store.commit([loaded.put(beat)])
                return 0
            await self._state(lane, loaded, number=number, state=state, now=now)
        except VersionConflict:
            return 0
        return 1

    async def _state(
        self, lane: str, loaded: Loaded[LaneRow] | None, *, number: int, state: LaneState, now: datetime
    ) -> None:
        before = loaded.value if loaded is not None else None
        grown = before is None or number > before.stated_number
        highest = max(number, before.number if before else 0)
        count = await get(self._env.store, LANE_COUNT, COUNT) or Loaded(LANE_COUNT, LaneCount(id=COUNT))
        row = LaneRow(
            id=lane,
            ordinal=before.ordinal if before else count.value.lanes + 1,
            number=highest,
            state=state,
            heard_time=now,
            stated_number=highest,
            stated_time=now,
            next_time=now if state is LaneState.CLOSED else now + (BUSY_EVERY if grown else QUIET_EVERY),
        )
        put = loaded.put(row) if loaded else create(LANES, row)
        more = () if before else (count.put(replace(count.value, lanes=row.ordinal)),)
        await self._env.state(self._signed(put, count.value), put, *more)

    def _signed(self, put: Put[LaneRow], count: LaneCount) -> LaneHead:
        row, env = put.document, self._env
        head = LaneHead(
            service=env.service,
            lane=row.id,
            ordinal=row.ordinal,
            number=row.number,
            sequence=row.version,
            state=row.state,
            time=row.stated_time,
            next_time=row.next_time,
            epoch=count.epoch,
            backup_time=count.backup_time,
        )
        return replace(head, signature=env.keys.sign(head.text(env.directory.here.code)).hex())

    async def _unknown(self) -> dict[str, int]:
        """Lanes that have events and no row, because their process was killed before it wrote one, each with the
        highest number that is known. Looks only once, because rows of other processes that live come soon enough."""
        if self._looked:
            return {}
        found = await self._last_numbers(None, _EVERYTHING)
        known = await get_all(self._env.store, LANES, found)
        self._looked = True
        return {lane: number for lane, number in found.items() if lane not in known}

    async def _expired(self) -> dict[str, int]:
        """The lanes of processes that have ended, each with the number of its last event."""
        now, own = self._env.clock.now(), self._env.written.current
        query = Query(kind=LANES, equals={"state": LaneState.OPEN}, limit=ROWS_PER_PAGE)
        rows = {one.value.id: one.value for one in (await self._env.store.find(query)).rows if one.value.id != own}
        self._sightings = {lane: self._sighting(row, now) for lane, row in rows.items()}
        gone = {lane: rows[lane] for lane, seen in self._sightings.items() if now - seen.since >= EXPIRED}
        if not gone:
            return {}
        last = await self._last_numbers(gone, min(micros(row.heard_time - LOOK_BACK) for row in gone.values()))
        return {lane: max(row.number, last.get(lane, 0)) for lane, row in gone.items()}

    def _sighting(self, row: LaneRow, now: datetime) -> _Sighting:
        seen = self._sightings.get(row.id)
        return seen if seen is not None and seen.version == row.version else _Sighting(row.version, now)

    async def _last_numbers(self, lanes: Iterable[str] | None, since: int) -> Mapping[str, int]:
        """The highest number in the outbox of each of these lanes (None: of all), of the events from `since` on, which
        is a time as `OutboxEntry.at`."""
        wanted = None if lanes is None else set(lanes)
        found: dict[str, int] = {}
        query = Query(kind=OUTBOX, order="at", at_least=since, limit=ROWS_PER_EXPORT_BATCH)
        while True:
            page = await self._env.store.find(query)
            for loaded in page.rows:
                lane, number = loaded.value.lane, loaded.value.number
                if number and (wanted is None or lane in wanted):
                    found[lane] = max(number, found.get(lane, 0))
            if not page.next_cursor:
                return found
            query = replace(query, cursor=page.next_cursor)

    async def _forget(self) -> None:
        """Delete the rows of lanes that were closed long ago."""
        before = self._env.clock.now() - KEPT
        closed = {"state": LaneState.CLOSED}
        old = await self._env.store.find(Query(kind=LANES, equals=closed, order="heard_time", below=before))
        if old.rows:
            await self._env.store.commit([loaded.delete() for loaded in old.rows])


def _is_due(row: LaneRow, number: int, state: LaneState, now: datetime) -> bool:
    if row.state is not state or now >= row.next_time:
        return True
    return number > row.stated_number and now >= row.stated_time + BUSY_EVERY
