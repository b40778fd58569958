"""One durable consumer at work: pulls, has the effect, acknowledges; one commit holds the effect and its mark.

The events of a batch run together, so that the store's group commit merges their effects; those about one document
run one after the other. Replicas share the durable: between them only the versions of the documents keep the order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from libs.call import Call, Caller
from libs.errors import StoreUnavailable
from libs.messaging.dead import Reason, bury
from libs.messaging.delivery import Delivery, acknowledge, give_back, keep
from libs.messaging.envelope import Envelope
from libs.messaging.inbox import DURABLES, KEPT, SEEN, AlreadySeen, Durable, mark_id
from libs.messaging.jetstream import BROKER_ERRORS, ConnectionLost, JetStream, Session
from libs.messaging.lifetime import alongside
from libs.messaging.outbox import Env
from libs.messaging.pulling import Puller, PullFailed, ensure_durable, pulling
from libs.messaging.streams import EVENTS, event_subject, replay_subject
from libs.messaging.verdict import DELIVERIES_AT_MOST, Verdict, delay_seconds, judge
from libs.store.port import VersionConflict, create
from libs.telemetry import CONSUMER, Telemetry

log = structlog.get_logger()

S = TypeVar("S")
Handle = Callable[[Env[S], Envelope, Call], Awaitable[None]]

HANDLE_SECONDS = 30.0
HOLD_FIRST_SECONDS = 0.1
HOLD_MOST_SECONDS = 5.0

_RESTART_SECONDS = 0.2
_NOT_BURIED_SECONDS = 5.0


class Consumer(msgspec.Struct, Generic[S], frozen=True):
    """What a service does when something happens.

    subject: as in the event's proto, without `prm.<cell>.`; wildcards allowed (`>` is every event of the cell). handle:
    has the effect in exactly one `env.commit` with the call it is given, or none; the event may come again, late, or
    after a newer one about the same document.
    """

    subject: str
    handle: Handle[S]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of an intake; other than the default only for tests."""

    ack_wait_seconds: float = 10.0
    batch: int = 256


class Tally(msgspec.Struct):
    """What became of deliveries since the start. again: events that had had their effect before."""

    done: int = 0
    again: int = 0
    later: int = 0
    buried: int = 0


class Intake(Generic[S]):
    """The work of one durable in one process."""

    def __init__(
        self,
        durable: str,
        consumer: Consumer[S],
        *,
        env: Env[S],
        jetstream: JetStream,
        telemetry: Telemetry,
        terms: Terms,
    ) -> None:
        self._durable = durable
        self._consumer = consumer
        self._env = env
        self._jetstream = jetstream
        self._telemetry = telemetry
        self._terms = terms
        self._puller: Puller | None = None
        self._session: Session | None = None
        self._in_hand: dict[str, Msg] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self.tally = Tally()

    async def run(self) -> None:
        """Work until cancelled, through every loss of the connection."""
        while True:
            session = await self._jetstream.session()
            try:
                await self._ensure(session)
                async with pulling(session, self._durable, batch=self._terms.batch) as puller:
                    self._session, self._puller = session, puller
                    async with alongside(self._keep_in_hand(session, puller)):
                        while True:
                            await self._work(session, await puller.take())
            except (ConnectionLost, PullFailed, StoreUnavailable, *BROKER_ERRORS) as err:
                log.info("consumer_starts_over", durable=self._durable, cause=err)
                await asyncio.sleep(_RESTART_SECONDS)
            finally:
                self._session = self._puller = None

    async def drain(self) -> None:
        """Take no more, give back what was not begun, wait for the rest; for ever if the store is away."""
        if self._puller is not None and self._session is not None:
            for msg in self._puller.close():
                await self._nak(self._session, msg, 0.0)
        await self._idle.wait()

    async def _ensure(self, session: Session) -> None:
        """A durable that the broker has lost goes back as far as the marks that keep its effects single."""
        store, name = self._env.store, self._durable
        known = await store.get(DURABLES, name) is not None
        subjects = (event_subject(session.cell, self._consumer.subject), replay_subject(session.cell, name))
        await ensure_durable(
            session,
            name,
            subjects=subjects,
            ack_wait_seconds=self._terms.ack_wait_seconds,
            since=await _last_event(session) if known else None,
        )
        if not known:
            with suppress(VersionConflict):
                await store.commit([create(DURABLES, Durable(id=name, at=self._env.clock.now()))])

    async def _keep_in_hand(self, session: Session, puller: Puller) -> None:
        """Tell the broker that what was taken is being worked on, or it would deliver it again."""
        while True:
            await asyncio.sleep(self._terms.ack_wait_seconds / 3)
            for msg in [*self._in_hand.values(), *puller.buffered]:
                await keep(session, msg)

    async def _work(self, session: Session, batch: Sequence[Msg]) -> None:
        lanes: dict[str, list[Delivery]] = {}
        for msg in batch:
            delivery = Delivery.of(msg)
            lanes.setdefault(delivery.lane, []).append(delivery)
        self._in_hand = {msg.reply: msg for msg in batch}
        self._idle.clear()
        try:
            async with asyncio.TaskGroup() as group:
                for lane in lanes.values():
                    group.create_task(self._run_lane(session, lane))
        finally:
            self._in_hand.clear()
            self._idle.set()

    async def _run_lane(self, session: Session, lane: Sequence[Delivery]) -> None:
        """In order; if one has to come again, so have those behind it."""
        delay: float | None = None
        for delivery in lane:
            if delay is None:
                delay = await self._settle(session, delivery)
            if delay is None:
                await acknowledge(session, delivery.msg)
            else:
                await self._nak(session, delivery.msg, delay)
            self._in_hand.pop(delivery.msg.reply, None)

    async def _settle(self, session: Session, delivery: Delivery) -> float | None:
        """None if the message is dealt with, else in how many seconds it shall come again."""
        envelope = delivery.envelope
        if envelope is None:
            return await self._bury(session, delivery, Reason("UNREADABLE", "the headers are not those of an event"))
        if delivery.deliveries > DELIVERIES_AT_MOST:
            return await self._bury(session, delivery, Reason("DELIVERED_TOO_OFTEN", "it may end the process"))
        hold = HOLD_FIRST_SECONDS
        while True:
            verdict, err = await self._attempt(envelope, delivery.deliveries)
            if verdict is Verdict.DONE:
                return None
            assert err is not None
            if verdict is Verdict.BURY:
                return await self._bury(session, delivery, Reason.of(err))
            if verdict is Verdict.LATER:
                return delay_seconds(delivery.deliveries)
            await asyncio.sleep(hold)
            hold = min(hold * 2, HOLD_MOST_SECONDS)

    async def _attempt(self, envelope: Envelope, deliveries: int) -> tuple[Verdict, Exception | None]:
        mark = mark_id(self._durable, envelope.id)
        try:
            async with asyncio.timeout(HANDLE_SECONDS):
                await self._handle(envelope, mark)
        except AlreadySeen:
            self.tally.again += 1
            return Verdict.DONE, None
        except Exception as err:  # noqa: BLE001  # the consumer loop: a bug must not end the process, it is buried
            return await self._judge(envelope, mark, err, deliveries=deliveries)
        self.tally.done += 1
        return Verdict.DONE, None

    async def _handle(self, envelope: Envelope, mark: str) -> None:
        call = Call(
            caller=Caller(subject=envelope.actor), method=self._durable, traceparent=envelope.traceparent, mark=mark
        )
        if not self._telemetry.sampled(envelope.traceparent):
            await self._consumer.handle(self._env, envelope, call)
            return
        about = {"messaging.message.id": envelope.id, "messaging.destination.name": envelope.subject}
        with self._telemetry.start(self._durable, envelope.traceparent, kind=CONSUMER, about=about) as span:
            call = msgspec.structs.replace(call, traceparent=span.traceparent)
            await self._consumer.handle(self._env, envelope, call)

    async def _judge(
        self, envelope: Envelope, mark: str, err: Exception, *, deliveries: int
    ) -> tuple[Verdict, Exception | None]:
        """A repetition may fail on what the first time changed, so the mark is looked for before anything else."""
        try:
            seen = await self._env.store.get(SEEN, mark) is not None
        except StoreUnavailable as away:
            return Verdict.HOLD, away
        if seen:
            self.tally.again += 1
            return Verdict.DONE, None
        verdict = judge(err, deliveries)
        write = log.error if verdict is Verdict.BURY else log.info
        write(
            "event_failed", durable=self._durable, id=envelope.id, type=envelope.type, verdict=verdict.name, cause=err
        )
        return verdict, err

    async def _bury(self, session: Session, delivery: Delivery, reason: Reason) -> float | None:
        """Only once the dead letter is stored may the message go."""
        letter = bury(
            delivery.message,
            cell=session.cell,
            durable=self._durable,
            sequence=delivery.sequence,
            deliveries=delivery.deliveries,
            reason=reason,
            now=self._env.clock.now(),
        )
        [refused] = await session.publish([letter])
        if refused:
            log.error("event_not_buried", durable=self._durable, sequence=delivery.sequence, why=refused)
            return _NOT_BURIED_SECONDS
        self.tally.buried += 1
        log.error("event_buried", durable=self._durable, sequence=delivery.sequence, reason=reason.code)
        return None

    async def _nak(self, session: Session, msg: Msg, delay: float) -> None:
        self.tally.later += 1
        await give_back(session, msg, delay)


async def _last_event(session: Session) -> datetime | None:
    """How far back marks reach, counted from the youngest event by the broker's own clock."""
    last: Any = (await session.streams.stream_info(EVENTS)).state.last_seq
    with suppress(NotFoundError):
        found = await session.streams.get_msg(EVENTS, seq=last)
        if found.time is not None:
            return found.time - KEPT + timedelta(hours=1)
    return None
