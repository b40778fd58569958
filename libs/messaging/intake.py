"""The work of one durable consumer: pull events, handle each, acknowledge it. One commit holds the effect and its mark.

Events about different documents are handled concurrently, so that the store's group commit merges their effects; a
consumer with a `handle_many` takes the effects of several into one commit. Those about one document are handled one
after the other in a lane; an event that is tried again blocks only its lane. Replicas share the durable, and between
them only the versions of the documents keep the order.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Generic, Protocol, TypeVar

import msgspec
import structlog
from msgspec.structs import replace
from nats.aio.msg import Msg

from libs.arrivals import Arrivals
from libs.call import SYSTEM, Call, Caller, Mark
from libs.clock import Clock
from libs.errors import AppError, StoreUnavailable
from libs.lifetime import alongside, stop_if_cancelled
from libs.messaging.administration import ACK_WAIT_SECONDS
from libs.messaging.dead import Reason, bury
from libs.messaging.delivery import Delivery, acknowledge, give_back, keep
from libs.messaging.envelope import Envelope
from libs.messaging.in_hand import InHand, Lanes
from libs.messaging.inbox import DURABLES, KEPT, SEEN, AlreadySeen, Durable, dedup_key
from libs.messaging.jetstream import BROKER_ERRORS, ConnectionLost, JetStream, Session
from libs.messaging.lag import last_event
from libs.messaging.pulling import Puller, PullFailed, pulling
from libs.messaging.verdict import Verdict, delay_seconds, judge
from libs.store.port import Store, VersionConflict, create, get
from libs.telemetry import CONSUMER, Span, Telemetry

log = structlog.get_logger()


class Environment(Protocol):
    """What an intake itself uses of the environment that it passes to its consumer. store: has the marks of seen
    events. clock: for the time of dead letters."""

    store: Store
    clock: Clock


E = TypeVar("E", bound=Environment)
Handle = Callable[[E, Envelope, Call], Awaitable[None]]
HandleMany = Callable[[E, Sequence[Envelope], Call], Awaitable[None]]
Knows = Callable[[E, Mark], Awaitable[bool]]

HANDLE_SECONDS = 30.0
DELIVERIES_AT_MOST = 20
EVENTS_TOGETHER = 64

_RESTART_SECONDS = 0.2
_NOT_BURIED_SECONDS = 5.0


class Consumer(msgspec.Struct, Generic[E], frozen=True):
    """A service's reaction to an event.

    subject: as in the event's proto, without `prm.<cell>.`; wildcards allowed (`>` is every event of the cell). handle:
    writes the effect in exactly one `env.commit` with the call it is given, or has none; the event may come again,
    late, or after a newer one about the same document. knows: whether an event, or a newer one about its document, has
    had its effect; used for callers that send their position. Without it callers do not wait for this consumer.
    repeatable: an event that comes again, however late, has no second effect, whatever marks say; so none are written,
    and a durable that was made anew takes all events of the stream (`prm broker reread`). handle_many: of a repeatable
    consumer, the effects of up to 64 events at once, as of `handle` for one after the other; the call is that of the
    service. If it fails, each of them is handled by itself, and so is what was delivered before. part: tells the
    consumer from another one of the same service and subject.
    """

    subject: str
    handle: Handle[E]
    knows: Knows[E] | None = None
    repeatable: bool = False
    handle_many: HandleMany[E] | None = None
    part: str = ""

    def __post_init__(self) -> None:
        assert self.repeatable or self.handle_many is None, f"{self.subject}: what is handled together has no marks"

    def takes(self, subject: str) -> bool:
        """Whether this consumer receives events with this subject."""
        own, other = self.subject.split("."), subject.split(".")
        if own[-1] == ">" and len(other) >= len(own):
            own, other = own[:-1], other[: len(own) - 1]
        return len(own) == len(other) and all(a in ("*", b) for a, b in zip(own, other, strict=True))


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of an intake; only tests change the defaults. ack_wait_seconds: of the durable. batch: messages per
    pull. at_once: events that are handled at the same time; without a bound, each of hundreds has so small a share of a
    slow store that none of them ends within HANDLE_SECONDS."""

    ack_wait_seconds: float = ACK_WAIT_SECONDS
    batch: int = 256
    at_once: int = 64


class Tally(msgspec.Struct):
    """Counts of delivery outcomes since the start. again: events that took effect before, or were skipped as too old;
    retries: attempts that failed and were repeated; returned: messages given back when stopping."""

    done: int = 0
    again: int = 0
    retries: int = 0
    buried: int = 0
    returned: int = 0


class Intake(Generic[E]):
    """The work of one durable in one process."""

    def __init__(
        self,
        durable: str,
        consumer: Consumer[E],
        *,
        env: E,
        jetstream: JetStream,
        telemetry: Telemetry,
        terms: Terms,
        on_store_unavailable: Callable[[], None],
        arrivals: Arrivals,
    ) -> None:
        """on_store_unavailable: called when the store, or the object bucket, was unavailable for an effect. arrivals:
        `tell` is called for every event that has had its effect."""
        self._durable = durable
        self._consumer = consumer
        self._env = env
        self._jetstream = jetstream
        self._telemetry = telemetry
        self._terms = terms
        self._on_store_unavailable = on_store_unavailable
        self._arrivals = arrivals
        self._puller: Puller | None = None
        self._session: Session | None = None
        self._in_hand = InHand()
        self._since: datetime | None = None
        self._stopping = asyncio.Event()
        self._turns = asyncio.Semaphore(terms.at_once)
        self.tally = Tally()

    async def run(self) -> None:
        """Work until cancelled or drained; start over after every loss of the connection."""
        while not self._stopping.is_set():
            session = await self._jetstream.session()
            try:
                await self._ensure(session)
                async with pulling(session, self._durable, batch=self._terms.batch) as puller:
                    stop_if_cancelled()
                    if self._stopping.is_set():
                        return
                    self._session, self._puller = session, puller
                    await self._work(session, puller)
            except (ConnectionLost, PullFailed, StoreUnavailable, *BROKER_ERRORS) as err:
                self._suspect(err)
                log.info("consumer_starts_over", durable=self._durable, cause=err)
                await asyncio.sleep(_RESTART_SECONDS)
            finally:
                self._session = self._puller = None

    async def drain(self) -> None:
        """Stop pulling, finish effects in progress, return the other messages; never ends if an effect hangs."""
        self._stopping.set()
        if self._puller is not None and self._session is not None:
            for msg in await self._puller.close():
                await self._return(self._session, msg)
        await self._in_hand.until(0)

    async def _work(self, session: Session, puller: Puller) -> None:
        """Handle messages until the connection is lost or pulling fails, then raise that error. Effects in progress are
        cancelled, because the broker delivers their messages again."""
        async with alongside(self._keep_in_hand(session, puller)), asyncio.TaskGroup() as group:
            lanes: set[asyncio.Task[None]] = set()
            try:
                while True:
                    for some in self._shares(self._in_hand.sort(await puller.take())):
                        task = group.create_task(self._run_lanes(session, some))
                        lanes.add(task)
                        task.add_done_callback(lanes.discard)
                    await self._in_hand.until(2 * self._terms.batch - 1)
            except (ConnectionLost, PullFailed) as err:
                failure = err
                for task in lanes:
                    task.cancel()
            finally:
                self._in_hand.clear()
        raise failure

    def _shares(self, lanes: Lanes) -> Iterator[Lanes]:
        """The lanes that a task has, each."""
        most = 1 if self._consumer.handle_many is None else EVENTS_TOGETHER
        rest = iter(lanes.items())
        while some := dict(islice(rest, most)):
            yield some

    async def _ensure(self, session: Session) -> None:
        """Ask the broker when the durable was created. If the durable replaces one that the broker lost, it starts with
        the first event of the stream; then `_since` is set, and events before it, whose marks may have been deleted,
        are skipped."""
        store, name = self._env.store, self._durable
        made = (await session.streams.consumer_info(session.stream, name)).created
        known = await get(store, DURABLES, name)
        if known is None:
            found = Durable(id=name, at=made)
            put = create(DURABLES, found)
        elif made <= known.value.at:
            self._since = known.value.since
            return
        else:
            youngest = await last_event(session) or made
            found = replace(known.value, at=made, since=youngest - KEPT + timedelta(hours=1))
            put = known.put(found)
        with suppress(VersionConflict):  # another replica has stored the same
            await store.commit([put])
        self._since = found.since

    async def _keep_in_hand(self, session: Session, puller: Puller) -> None:
        """Tell the broker that pulled messages are in progress; otherwise it would deliver them again."""
        while True:
            await asyncio.sleep(self._terms.ack_wait_seconds / 3)
            for msg in [*self._in_hand.msgs, *puller.buffered]:
                await keep(session, msg)

    async def _run_lanes(self, session: Session, lanes: Lanes) -> None:
        """Handle what is in the lanes and what arrives there meanwhile: together while that succeeds, then lane by
        lane."""
        try:
            while await self._settle_together(session, lanes):
                pass
            if len(lanes) == 1:
                [(name, lane)] = lanes.items()
                await self._run_lane(session, name, lane)
                return
            async with asyncio.TaskGroup() as group:
                for name, lane in lanes.items():
                    group.create_task(self._run_lane(session, name, lane))
        finally:
            for name, lane in lanes.items():  # only if they were cancelled before they ran by themselves
                self._in_hand.end(name, lane)

    async def _settle_together(self, session: Session, lanes: Lanes) -> bool:
        """Handle the first deliveries of these lanes in one go; False if each has to be handled by itself."""
        handle = self._consumer.handle_many
        some = tuple(islice(chain.from_iterable(lanes.values()), EVENTS_TOGETHER)) if handle is not None else ()
        events = [one.envelope for one in some if one.envelope is not None and one.deliveries == 1]
        if handle is None or not 1 < len(events) == len(some) or self._stopping.is_set():
            return False
        try:
            async with self._turns, asyncio.timeout(HANDLE_SECONDS):
                await self._handle_together(handle, events)
        except Exception as err:  # noqa: BLE001  # the consumer loop: what each of them ends with is seen one by one
            log.info("events_failed_together", durable=self._durable, count=len(events), cause=err)
            return False
        self.tally.done += len(events)
        for delivery in some:
            self._arrivals.tell(delivery.lane)
            await acknowledge(session, delivery.msg)
            self._in_hand.drop_first(lanes[delivery.lane])
        return True

    async def _handle_together(self, handle: HandleMany[E], events: Sequence[Envelope]) -> None:
        """Handle events in one go; the trace of each that is sampled has a span of it."""
        with ExitStack() as spans:
            for one in events:
                if self._telemetry.sampled(one.traceparent):
                    spans.enter_context(self._span(one))
            await handle(self._env, events, Call(caller=SYSTEM, method=self._durable))

    async def _run_lane(self, session: Session, name: str, lane: deque[Delivery]) -> None:
        try:
            while lane:
                if await self._settle(session, lane[0]):
                    await acknowledge(session, lane[0].msg)
                else:
                    await self._return(session, lane[0].msg)
                self._in_hand.drop_first(lane)
        finally:
            self._in_hand.end(name, lane)

    async def _settle(self, session: Session, delivery: Delivery) -> bool:
        """Handle a message, with retries. True if it can be acknowledged; False if this process stops before that."""
        envelope, attempts = delivery.envelope, 0
        if self._since is not None and delivery.stored < self._since and not self._consumer.repeatable:
            self.tally.again += 1
            return True
        if envelope is None:
            return await self._bury(session, delivery, Reason("UNREADABLE", "the headers are not those of an event"))
        if delivery.deliveries > DELIVERIES_AT_MOST:
            return await self._bury(session, delivery, Reason("DELIVERED_TOO_OFTEN", "it may end the process"))
        while not self._stopping.is_set():
            attempts += 1
            verdict, err = await self._attempt(envelope, attempts)
            if verdict is Verdict.DONE:
                self._arrivals.tell(envelope.about)
                return True
            if verdict is Verdict.BURY:
                assert err is not None
                return await self._bury(session, delivery, Reason.of(err))
            self.tally.retries += 1
            await self._pause(delay_seconds(attempts))
        return False

    async def _pause(self, seconds: float) -> None:
        """Wait; shorter if the process stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _attempt(self, envelope: Envelope, attempts: int) -> tuple[Verdict, Exception | None]:
        key = dedup_key(self._durable, envelope.id)
        try:
            async with self._turns, asyncio.timeout(HANDLE_SECONDS):
                await self._handle(envelope, key)
        except AlreadySeen:
            self.tally.again += 1
            return Verdict.DONE, None
        except Exception as err:  # noqa: BLE001  # the consumer loop: a bug must not end the process, it is buried
            return await self._judge(envelope, key, err, attempts=attempts)
        self.tally.done += 1
        return Verdict.DONE, None

    async def _handle(self, envelope: Envelope, dedup_key: str) -> None:
        call = Call(
            caller=Caller(subject=envelope.actor),
            method=self._durable,
            traceparent=envelope.traceparent,
            dedup_key="" if self._consumer.repeatable else dedup_key,
        )
        if not self._telemetry.sampled(envelope.traceparent):
            await self._consumer.handle(self._env, envelope, call)
            return
        with self._span(envelope) as span:
            call = replace(call, traceparent=span.traceparent)
            await self._consumer.handle(self._env, envelope, call)

    def _span(self, envelope: Envelope) -> Span:
        about = {"messaging.message.id": envelope.id, "messaging.destination.name": envelope.subject}
        return self._telemetry.start(self._durable, envelope.traceparent, kind=CONSUMER, about=about)

    async def _judge(
        self, envelope: Envelope, dedup_key: str, err: Exception, *, attempts: int
    ) -> tuple[Verdict, Exception | None]:
        """The verdict about a failed attempt, and its error. A repetition may fail because the first delivery has had
        its effect, so the mark is looked up first."""
        self._suspect(err)
        try:
            seen = await get(self._env.store, SEEN, dedup_key) is not None
        except StoreUnavailable as away:
            return Verdict.AGAIN, away
        if seen:
            self.tally.again += 1
            return Verdict.DONE, None
        verdict = judge(err, attempts)
        write = log.info if isinstance(err, AppError | VersionConflict) else log.error
        write(
            "event_failed", durable=self._durable, id=envelope.id, type=envelope.type, verdict=verdict.name, cause=err
        )
        return verdict, err

    def _suspect(self, err: Exception) -> None:
        if isinstance(err, StoreUnavailable):
            self._on_store_unavailable()

    async def _bury(self, session: Session, delivery: Delivery, reason: Reason) -> bool:
        """Store a dead letter, with retries; True once it is stored, so that the message can be acknowledged."""
        letter = bury(
            delivery.message,
            cell=session.cell,
            durable=self._durable,
            sequence=delivery.sequence,
            deliveries=delivery.deliveries,
            reason=reason,
            now=self._env.clock.now(),
        )
        what = {"durable": self._durable, "sequence": delivery.sequence, "reason": reason.code}
        while not self._stopping.is_set():
            [refused] = await session.publish([letter])
            if not refused:
                self.tally.buried += 1
                log.warning("event_buried", **what)
                return True
            log.error("event_not_buried", **what, refused=refused)
            await self._pause(_NOT_BURIED_SECONDS)
        return False

    async def _return(self, session: Session, msg: Msg) -> None:
        self.tally.returned += 1
        await give_back(session, msg, 0.0)
