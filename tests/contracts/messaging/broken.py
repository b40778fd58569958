"""Relays and consumers with one fault each; the contract must refuse every one of them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError, ServerError

from libs.call import Call, Caller
from libs.clock import Clock, monotonic
from libs.messaging.administration import ensure_durable
from libs.messaging.consumers import Consumers
from libs.messaging.dead import Reason
from libs.messaging.delivery import Delivery, acknowledge
from libs.messaging.envelope import Envelope
from libs.messaging.inbox import KEPT
from libs.messaging.intake import HandleMany, Intake
from libs.messaging.jetstream import ConnectionLost, JetStream, Outgoing, Session
from libs.messaging.outbox import OutboxEntry
from libs.messaging.pulling import Puller, PullFailed
from libs.messaging.relay import DEFAULT_PACE, Pace, Relay
from libs.messaging.streams import EVENTS, event_subject
from libs.messaging.verdict import Verdict
from libs.store.port import Store


class OnlyMemory(Relay):
    """Never reads what is stored."""

    async def _publish_missed(self, session: Session) -> None:
        self._missed_from, self._missed = None, 0


class Trusting(Relay):
    """Takes what was sent for stored."""

    async def _publish(self, session: Session, entries: Sequence[OutboxEntry]) -> None:
        await session.publish([self._message(entry) for entry in entries])
        self._published += len(entries)


class Hasty(Relay):
    """Deletes a row as soon as it is acknowledged."""

    def __init__(self, store: Store, jetstream: JetStream, clock: Clock, *, pace: Pace = DEFAULT_PACE) -> None:
        super().__init__(store, jetstream, clock, pace=Pace(window_seconds=0.02))


class Hoarding(Relay):
    """Deletes nothing."""

    async def run(self) -> None:
        """See Relay."""
        await self._publish_forever()


class Nameless(Relay):
    """Publishes without the id by which the broker knows a repetition."""

    def _message(self, entry: OutboxEntry) -> Outgoing:
        message = super()._message(entry)
        del message.headers["Nats-Msg-Id"]
        return message


class Backwards(Relay):
    """Sends the youngest event of a burst first."""

    async def _publish(self, session: Session, entries: Sequence[OutboxEntry]) -> None:
        await super()._publish(session, entries[::-1])


class Careless(Relay):
    """Has no doubts, and does not look for what others left."""

    def doubt(self, entries: Sequence[OutboxEntry]) -> None:
        """See Relay."""

    async def _publish_orphans(self, session: Session) -> None:
        self._last_scan = monotonic()


class Unmarked(Intake[Any]):
    """Records no dedup key with the effect."""

    async def _handle(self, envelope: Envelope, dedup_key: str) -> None:
        await super()._handle(envelope, "")


class AllAtOnce(Intake[Any]):
    """Handles whatever it has been given at the same time."""

    async def _work(self, session: Session, puller: Puller) -> None:
        self._turns = asyncio.Semaphore(2**20)
        await super()._work(session, puller)


class AcknowledgesFirst(Intake[Any]):
    """The effect may follow or not."""

    async def _settle(self, session: Session, delivery: Delivery) -> bool:
        await acknowledge(session, delivery.msg)
        return await super()._settle(session, delivery)


class GivingUp(Intake[Any]):
    """Does not outlive the connection."""

    async def _work(self, session: Session, puller: Puller) -> None:
        with suppress(ConnectionLost, PullFailed):
            await super()._work(session, puller)
        await asyncio.Event().wait()


class Silent(Intake[Any]):
    """Does not say that it is still at work."""

    async def _keep_in_hand(self, session: Session, puller: Puller) -> None:
        await asyncio.Event().wait()


class Lanes(dict[str, deque[Delivery]]):
    """Never remembers one."""

    def get(self, *_: object) -> None:  # type: ignore[override]  # wrong on purpose
        return None


class Overtaking(Intake[Any]):
    """Works on events about one document at the same time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_hand._lanes = Lanes()


class Backhanded(Intake[Any]):
    """Handles the last event first."""

    async def _handle_together(self, handle: HandleMany[Any], events: Sequence[Envelope]) -> None:
        await super()._handle_together(handle, events[::-1])


class Stubborn(Intake[Any]):
    """Never tries events one by one that failed together."""

    async def _settle_together(self, session: Session, lanes: dict[str, deque[Delivery]]) -> bool:
        await super()._settle_together(session, lanes)
        await asyncio.sleep(0)
        return any(lanes.values())


class Forgetful(Intake[Any]):
    """Does not look how often a message was delivered."""

    async def _settle_together(self, session: Session, lanes: dict[str, deque[Delivery]]) -> bool:
        for lane in lanes.values():
            lane.extend([lane.popleft()._replace(deliveries=1) for _ in range(len(lane))])
        return await super()._settle_together(session, lanes)


class Greedy(Intake[Any]):
    """Keeps what it took when it stops."""

    async def drain(self) -> None:
        """See Intake."""
        self._stopping.set()
        await self._in_hand.until(0)


class Impatient(Intake[Any]):
    """Gives up at the first failure."""

    async def _attempt(self, envelope: Envelope, attempts: int) -> tuple[Verdict, Exception | None]:
        verdict, err = await super()._attempt(envelope, attempts)
        return (Verdict.BURY, err) if verdict is Verdict.AGAIN else (verdict, err)


class Forgetting(Intake[Any]):
    """Drops what it cannot process."""

    async def _bury(self, session: Session, delivery: Delivery, reason: Reason) -> bool:
        self.tally.buried += 1
        return True


class Talkative(Intake[Any]):
    """Quotes the error."""

    async def _bury(self, session: Session, delivery: Delivery, reason: Reason) -> bool:
        return await super()._bury(session, delivery, Reason(reason.code, reason.detail + " ada@example.com"))


class Naive(Intake[Any]):
    """Believes that a failure cannot be a repetition, and that the broker forgets nothing."""

    async def _judge(
        self, envelope: Envelope, dedup_key: str, err: Exception, *, attempts: int
    ) -> tuple[Verdict, Exception | None]:
        return await super()._judge(envelope, "no key", err, attempts=attempts)

    async def _ensure(self, session: Session) -> None:
        """Nothing."""


class Skipping(Intake[Any]):
    """Leaves out whatever comes, once the broker has lost its durable."""

    async def _ensure(self, session: Session) -> None:
        await super()._ensure(session)
        if self._since is not None:
            self._since += 2 * KEPT


class Anonymous(Intake[Any]):
    """Does not pass on on whose behalf."""

    async def _handle(self, envelope: Envelope, dedup_key: str) -> None:
        call = Call(caller=Caller(subject="nobody"), method=self._durable, dedup_key=dedup_key)
        await self._consumer.handle(self._env, envelope, call)


class Everybody(Intake[Any]):
    """Listens to every subject."""

    async def _ensure(self, session: Session) -> None:
        await ensure_durable(session, self._durable, [">"])


class Momentary(Intake[Any]):
    """Takes only what comes while it is there."""

    async def _ensure(self, session: Session) -> None:
        subject = event_subject(session.cell, self._consumer.subject)
        config = ConsumerConfig(durable_name=self._durable, deliver_policy=DeliverPolicy.NEW, filter_subjects=[subject])
        while True:  # another one may make it anew in between
            with suppress(NotFoundError):
                await session.streams.delete_consumer(EVENTS, self._durable)
            with suppress(ServerError):
                await session.streams.add_consumer(EVENTS, config)
                return


def consumers_of(intake: type[Intake[Any]]) -> type[Consumers[Any]]:
    """Consumers that work with a broken intake."""

    class Broken(Consumers[Any]):
        """See the intake."""

    Broken.intake = intake
    return Broken
