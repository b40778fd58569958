"""The relay publishes the outbox to the broker: in bursts from memory, or, if that is not possible, from stored rows.

Commits hand their events over in memory. The relay reads the stored rows at the start, after every loss of the
connection and after an overflow of memory; the broker drops events that it has, by their message id. JetStream
acknowledges before its fsync, so a row is kept for REPLAY_WINDOW_SECONDS after the acknowledgement: if the broker loses
power, all events that it may have lost are published again on the next connection.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

import msgspec
import structlog

from libs.clock import Clock, monotonic
from libs.errors import StoreUnavailable
from libs.lifetime import alongside, together
from libs.messaging.border.gate import Gate
from libs.messaging.jetstream import ConnectionLost, JetStream, Outgoing, Session
from libs.messaging.outbox import OUTBOX, OutboxEntry, micros
from libs.messaging.sent import REPLAY_WINDOW_SECONDS, SentRows
from libs.store.port import ROWS_PER_PAGE, Kind, Query, Store

log = structlog.get_logger()

BURST_EVENTS = 256
TICK_SECONDS = 0.02
QUEUE_EVENTS = 10_000
DOUBT_SECONDS = 2.0
DOUBTS = 10_000
REFUSALS = 3
BACKOFF_FIRST_SECONDS = 0.05
BACKOFF_MOST_SECONDS = 5.0
DRAIN_SECONDS = 10.0

# A row this old belongs to a process that has ended; a running one deletes its rows long before.
ORPHAN_SECONDS = 300.0

_EVERYTHING = 0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The delays and bounds of a relay; only tests change the defaults."""

    window_seconds: float = REPLAY_WINDOW_SECONDS
    orphan_seconds: float = ORPHAN_SECONDS
    doubt_seconds: float = DOUBT_SECONDS
    queue_events: int = QUEUE_EVENTS


DEFAULT_PACE = Pace()


class RelayStats(NamedTuple):
    """The figures of a relay. backlog: events committed here, or found in the store, that the broker has not
    acknowledged. published: events acknowledged since the start, repetitions included. oldest_seconds: age of the
    oldest known event of the backlog."""

    backlog: int
    published: int
    oldest_seconds: float


class Relay:
    """Publishes one service's events. Any number of processes may run one over the same store."""

    def __init__(
        self,
        store: Store,
        jetstream: JetStream,
        clock: Clock,
        *,
        pace: Pace = DEFAULT_PACE,
        kind: Kind[OutboxEntry] = OUTBOX,
        gate: Gate | None = None,
    ) -> None:
        """kind: the outbox that it publishes. gate: asked before each event; what it holds is counted, and not
        published."""
        self._kind = kind
        self._gate = gate
        self.blocked: Counter[str] = Counter()
        self._store = store
        self._jetstream = jetstream
        self._clock = clock
        self._pace = pace
        self._session: Session | None = None
        self._queue: deque[OutboxEntry] = deque()
        self._in_flight: Sequence[OutboxEntry] = ()
        self._missed_from: int | None = None
        self._missed = 0
        self._doubts: deque[tuple[float, str]] = deque()
        self._sent = SentRows(store, window_seconds=pace.window_seconds, kind=kind)
        self._published = 0
        self._last_burst = 0.0
        self._last_scan = 0.0
        self._work = asyncio.Event()
        self._idle = asyncio.Event()

    @property
    def stats(self) -> RelayStats:
        """The figures of this moment."""
        waiting = [*self._in_flight[:1], *list(self._queue)[:1]]
        oldest = min([one.at for one in waiting] + ([self._missed_from] if self._missed_from else []), default=None)
        age = 0.0 if oldest is None else (micros(self._clock.now()) - oldest) / 1_000_000
        return RelayStats(len(self._queue) + len(self._in_flight) + self._missed, self._published, max(age, 0.0))

    def handover(self, entries: Sequence[OutboxEntry]) -> None:
        """Take events whose commit is durable; never blocks. Events for which memory has no room are read from the
        store later."""
        self._idle.clear()
        if self._session is None or len(self._queue) + len(entries) > self._pace.queue_events:
            self._miss(entries)
        else:
            self._queue.extend(entries)
        self._work.set()

    def doubt(self, entries: Sequence[OutboxEntry]) -> None:
        """Take events of a commit whose outcome is unknown (cancelled, connection broken): they are looked up in the
        store later, and published if they are there."""
        if len(self._doubts) + len(entries) <= DOUBTS:
            due = monotonic() + self._pace.doubt_seconds
            self._doubts.extend((due, entry.id) for entry in entries)
            self._work.set()

    async def drain(self, within_seconds: float = DRAIN_SECONDS) -> bool:
        """Wait until all events handed over are acknowledged; False if that takes too long or the broker is
        unavailable. The others stay in the store for the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                while self.stats.backlog and self._session is not None:
                    self._idle.clear()
                    await self._idle.wait()
        return not self.stats.backlog

    async def run(self) -> None:
        """Publish events, and delete acknowledged rows, until cancelled."""
        await together([self._publish_forever(), self._sent.run()])

    async def _publish_forever(self) -> None:
        while True:
            session = await self._jetstream.session()
            self._sent.start_over()
            self._missed_from = _EVERYTHING
            self._session = session
            session.on_end(self._wake)
            try:
                await self._serve(session)
            except ConnectionLost:
                log.info("relay_waits_for_nats", backlog=self.stats.backlog)
            finally:
                self._session = None
                self._sent.start_over()
                self._miss([*self._in_flight, *self._queue])
                self._queue.clear()
                self._in_flight = ()
                self._idle.set()

    async def _serve(self, session: Session) -> None:
        while session.alive:
            self._work.clear()
            await self._settle_doubts()
            if self._missed_from is not None:
                await self._publish_missed(session)
            elif self._queue:
                await self._publish_queued(session)
            elif monotonic() > self._last_scan + self._pace.orphan_seconds:
                await self._publish_orphans(session)
            else:
                self._idle.set()
                await self._rest()

    async def _rest(self) -> None:
        until = self._last_scan + self._pace.orphan_seconds
        if self._doubts:
            until = min(until, self._doubts[0][0])
        with suppress(TimeoutError):
            async with asyncio.timeout(max(until - monotonic(), 0.0)):
                await self._work.wait()

    async def _publish_queued(self, session: Session) -> None:
        """Publish a burst: at once after a pause, else one per TICK_SECONDS, because larger bursts cost less per
        event."""
        rest = self._last_burst + TICK_SECONDS - monotonic()
        if rest > 0 and len(self._queue) < BURST_EVENTS:
            await asyncio.sleep(rest)
        self._last_burst = monotonic()
        burst = [self._queue.popleft() for _ in range(min(len(self._queue), BURST_EVENTS))]
        try:
            await self._publish(session, burst)
        except StoreUnavailable as err:  # the gate could not look
            self._miss(burst)
            log.warning("outbox_not_read", cause=err)
            await asyncio.sleep(BACKOFF_MOST_SECONDS)

    async def _publish_missed(self, session: Session) -> None:
        """Publish all stored events from the first one on that memory had no room for. Events that overflow meanwhile
        need another round; rounds get shorter, because a scan is faster than the commands."""
        start, covered = self._missed_from or _EVERYTHING, self._missed
        self._missed_from = None
        try:
            await self._publish_stored(session, at_least=start, below=None)
        except StoreUnavailable as err:
            self._missed_from = start if self._missed_from is None else min(start, self._missed_from)
            log.warning("outbox_not_read", cause=err)
            await asyncio.sleep(BACKOFF_MOST_SECONDS)
            return
        self._missed -= covered

    async def _publish_orphans(self, session: Session) -> None:
        before = self._clock.now() - timedelta(seconds=self._pace.orphan_seconds)
        with suppress(StoreUnavailable):
            if found := await self._publish_stored(session, at_least=None, below=micros(before)):
                log.warning("orphaned_events_published", count=found)
        self._last_scan = monotonic()

    async def _publish_stored(self, session: Session, *, at_least: int | None, below: int | None) -> int:
        query = Query(kind=self._kind, order="at", at_least=at_least, below=below, limit=ROWS_PER_PAGE)
        count = 0
        while True:
            rows, cursor, *_ = await self._store.find(query)
            if rows:
                await self._publish(session, [row.value for row in rows])
            count += len(rows)
            if not cursor:
                self._last_scan = monotonic()
                return count
            query = msgspec.structs.replace(query, cursor=cursor)

    async def _publish(self, session: Session, entries: Sequence[OutboxEntry]) -> None:
        """Publish until each is acknowledged. Events that the broker refuses REFUSALS times are left to a later scan,
        unless it refuses all: then the broker has a problem, and later events would be refused too. ConnectionLost."""
        entries = await self._passing(entries)
        self._in_flight, attempt, backoff = entries, 0, BACKOFF_FIRST_SECONDS
        while self._in_flight:
            outcomes = await session.publish([self._message(entry) for entry in self._in_flight])
            attempt += 1
            refused = [entry for entry, why in zip(self._in_flight, outcomes, strict=True) if why]
            stored = [entry.id for entry, why in zip(self._in_flight, outcomes, strict=True) if not why]
            self._sent.add(stored)
            self._published += len(stored)
            if not refused:
                break
            if not session.alive:
                raise ConnectionLost
            reasons = sorted({why for why in outcomes if why})
            log.warning("events_not_acknowledged", count=len(refused), of=len(outcomes), reasons=reasons)
            if attempt >= REFUSALS and len(refused) < len(entries):
                log.error("events_refused", ids=[entry.id for entry in refused])
                break
            self._in_flight = refused
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_MOST_SECONDS)
        self._in_flight = ()

    async def _passing(self, entries: Sequence[OutboxEntry]) -> Sequence[OutboxEntry]:
        """The entries that the gate lets pass; the others are counted. StoreUnavailable."""
        if self._gate is None:
            return entries
        held = await self._gate.held(entries)
        self.blocked.update(held.values())
        if held:
            log.info("transfers_blocked", count=len(held), reasons=sorted(set(held.values())))
        return [entry for entry in entries if entry.id not in held]

    def _message(self, entry: OutboxEntry) -> Outgoing:
        return Outgoing(entry.envelope.subject, entry.headers(), entry.envelope.body)

    async def _settle_doubts(self) -> None:
        while self._doubts and self._doubts[0][0] <= monotonic():
            now = monotonic()
            due = [one for at, one in islice(self._doubts, ROWS_PER_PAGE) if at <= now]
            try:
                found = await self._store.get_many(self._kind, due)
            except StoreUnavailable:
                return
            for _ in due:
                self._doubts.popleft()
            for loaded in found.values():
                self.handover([loaded.value])

    def _miss(self, entries: Sequence[OutboxEntry]) -> None:
        self._missed += len(entries)
        for entry in entries:
            self._missed_from = entry.at if self._missed_from is None else min(self._missed_from, entry.at)

    def _wake(self) -> None:
        self._work.set()
        self._idle.set()


@asynccontextmanager
async def relaying(
    store: Store, jetstream: JetStream, clock: Clock, *, drain_seconds: float = DRAIN_SECONDS, pace: Pace = DEFAULT_PACE
) -> AsyncIterator[Relay]:
    """A relay that runs while the block runs; at the end it waits up to `drain_seconds` until the events handed over
    are acknowledged."""
    relay = Relay(store, jetstream, clock, pace=pace)
    async with alongside(relay.run()):
        yield relay
        await relay.drain(drain_seconds)
