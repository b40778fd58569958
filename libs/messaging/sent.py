"""Outbox rows that the broker has acknowledged: kept for the replay window, then deleted in the background."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from libs.clock import monotonic
from libs.errors import StoreUnavailable
from libs.messaging.outbox import OUTBOX, OutboxEntry
from libs.store.port import Delete, Kind, Store, VersionConflict

# Two minutes until JetStream's fsync, 15 seconds until the loss of a silent broker is detected, and a margin.
REPLAY_WINDOW_SECONDS = 150.0

# At most 5,000 rows a second, so that the event loop has time for commands.
ROWS_PER_COMMIT = 100
PAUSE_SECONDS = 0.02
STORE_AWAY_SECONDS = 5.0

# The most entries of _Acked; the rows of older ones are left to the relay's scan for orphans.
REMEMBERED = 50_000


class _Acked(NamedTuple):
    """Rows to delete at `due`, an instant of the monotonic clock. ids: separated by spaces, to save memory for a
    million rows."""

    due: float
    ids: str


class SentRows:
    """The acknowledged rows, and when to delete each. Rows are deleted by id without a read, because an outbox row
    never changes: its version is 1."""

    def __init__(self, store: Store, *, window_seconds: float, kind: Kind[OutboxEntry] = OUTBOX) -> None:
        self._kind = kind
        self._store = store
        self._window_seconds = window_seconds
        self._acked: deque[_Acked] = deque(maxlen=REMEMBERED)

    def add(self, ids: Sequence[str]) -> None:
        """Add rows that the broker has just acknowledged."""
        due = monotonic() + self._window_seconds
        for start in range(0, len(ids), ROWS_PER_COMMIT):
            self._acked.append(_Acked(due, " ".join(ids[start : start + ROWS_PER_COMMIT])))

    def start_over(self) -> None:
        """Forget all rows, because the connection was lost and with it perhaps the events acknowledged last; the relay
        publishes and adds all rows again."""
        self._acked.clear()

    async def run(self) -> None:
        """Delete rows that are due until cancelled."""
        while True:
            rest = self._acked[0].due - monotonic() if self._acked else self._window_seconds
            if rest > 0:
                await asyncio.sleep(min(rest, self._window_seconds))
                continue
            batch = list(dict.fromkeys(self._take_due()))  # a row may have been published from memory and by a scan
            try:
                await _delete(self._store, self._kind, batch)
            except StoreUnavailable:
                self._acked.appendleft(_Acked(0.0, " ".join(batch)))
                await asyncio.sleep(STORE_AWAY_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)

    def _take_due(self) -> Iterator[str]:
        room = ROWS_PER_COMMIT
        while self._acked and self._acked[0].due <= monotonic():
            ids = self._acked[0].ids.split(" ")
            if len(ids) > room:
                return
            room -= len(ids)
            self._acked.popleft()
            yield from ids


async def _delete(store: Store, kind: Kind[OutboxEntry], ids: Sequence[str]) -> None:
    """Delete rows; those that another process has deleted are ignored. StoreUnavailable."""
    try:
        await store.commit([Delete(kind, one, 1) for one in ids])
    except VersionConflict:
        for one in ids:
            with suppress(VersionConflict):
                await store.commit([Delete(kind, one, 1)])
