"""Feeds a relay that is a process of its own: no commit hands its events over there, so this reads the stored rows.

Rows become visible slightly out of order (`at` is set before the commit), so each look overlaps the one before, by
OVERLAP_SECONDS or now and then WIDE_SECONDS; rows handed over in that time are remembered.
"""

import asyncio
from collections import deque

import msgspec
import structlog

from libs.clock import Clock
from libs.errors import StoreUnavailable
from libs.messaging.outbox import OUTBOX, Handover, OutboxEntry, micros
from libs.store.port import ROWS_PER_PAGE, Query, Store

TICK_SECONDS = 0.05
OVERLAP_SECONDS = 1.0
WIDE_SECONDS = 15.0
AWAY_SECONDS = 1.0

_MICROS = 1_000_000
_TICKS_PER_WIDE = int(WIDE_SECONDS / TICK_SECONDS)

log = structlog.get_logger()


class OutboxFollower:
    """Hands over the events that other processes commit from now on; the relay itself publishes older ones at its
    start."""

    def __init__(self, store: Store, handover: Handover, clock: Clock) -> None:
        self._store = store
        self._handover = handover
        self._newest = micros(clock.now())
        self._known: set[str] = set()
        self._order: deque[tuple[int, str]] = deque()

    async def run(self) -> None:
        """Follow until cancelled."""
        tick = 0
        while True:
            wide = tick % _TICKS_PER_WIDE == 0
            try:
                await self.look(WIDE_SECONDS if wide else OVERLAP_SECONDS)
                tick += 1
                await asyncio.sleep(TICK_SECONDS)
            except StoreUnavailable as err:
                log.warning("outbox_not_read", cause=err)
                await asyncio.sleep(AWAY_SECONDS)

    async def look(self, back_seconds: float) -> int:
        """Hand over the new rows from `back_seconds` before the newest known row on; how many. StoreUnavailable."""
        since = max(self._newest - int(back_seconds * _MICROS), 0)
        query = Query(kind=OUTBOX, order="at", at_least=since, limit=ROWS_PER_PAGE)
        count = 0
        while True:
            rows, cursor, *_ = await self._store.find(query)
            fresh = [row.value for row in rows if row.value.id not in self._known]
            self._remember(fresh)
            if fresh:
                self._handover(fresh)
            count += len(fresh)
            if not cursor:
                return count
            query = msgspec.structs.replace(query, cursor=cursor)

    def _remember(self, entries: list[OutboxEntry]) -> None:
        for entry in entries:
            self._known.add(entry.id)
            self._order.append((entry.at, entry.id))
            self._newest = max(self._newest, entry.at)
        oldest = self._newest - int(2 * WIDE_SECONDS * _MICROS)
        while self._order and self._order[0][0] < oldest:
            self._known.discard(self._order.popleft()[1])
