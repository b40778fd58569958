"""Creates the durables of services and readers on the broker; only its user `administrator` may do that."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import structlog
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from libs.lifetime import alongside
from libs.messaging.jetstream import BROKER_ERRORS, JetStream, Session
from libs.messaging.lag import last_event
from libs.messaging.streams import EVENTS, event_subject, replay_subject

log = structlog.get_logger()

ACK_WAIT_SECONDS = 10.0
ACK_PENDING_MESSAGES = 2_000
CHECK_SECONDS = 15.0


class Administrator:
    """Creates missing durables again and again; the connection creates the streams. durables: see logins.Durables.
    done: set once all durables exist."""

    def __init__(self, jetstream: JetStream, durables: Mapping[str, Sequence[str]]) -> None:
        self._jetstream = jetstream
        self._durables = durables
        self.done = asyncio.Event()

    async def run(self) -> None:
        """Create missing durables until cancelled: with each new connection, and every CHECK_SECONDS."""
        while True:
            session = await self._jetstream.session()
            try:
                for durable, subjects in self._durables.items():
                    await ensure_durable(session, durable, subjects)
                self.done.set()
            except BROKER_ERRORS as err:
                log.warning("broker_not_prepared", cause=err)
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await session.until_lost()


@asynccontextmanager
async def administering(jetstream: JetStream, durables: Mapping[str, Sequence[str]]) -> AsyncIterator[Administrator]:
    """An administrator that runs while the block runs."""
    administrator = Administrator(jetstream, durables)
    async with alongside(administrator.run()):
        yield administrator


async def ensure_durable(
    session: Session, durable: str, subjects: Sequence[str], *, ack_wait_seconds: float = ACK_WAIT_SECONDS
) -> None:
    """Create the durable, or change it to take these subjects (without `prm.<cell>.`) and its replayed dead letters. A
    new one starts with the first event of the stream. The number of deliveries is not limited, so that an outage loses
    no event. Raises BROKER_ERRORS."""
    taken = [*(event_subject(session.cell, one) for one in subjects), replay_subject(session.cell, durable)]
    try:
        found = (await session.streams.consumer_info(EVENTS, durable)).config
    except NotFoundError:
        found = ConsumerConfig(durable_name=durable, ack_policy=AckPolicy.EXPLICIT)
    wanted = found.evolve(ack_wait=ack_wait_seconds, max_ack_pending=ACK_PENDING_MESSAGES, filter_subjects=taken)
    if wanted != found:
        await session.streams.add_consumer(EVENTS, wanted)


async def forget_durables(session: Session, durables: Iterable[str]) -> int:
    """Delete these durables; how many there were. The administrator makes them anew. Raises BROKER_ERRORS."""
    found = 0
    for durable in durables:
        with suppress(NotFoundError):
            found += await session.streams.delete_consumer(EVENTS, durable)
    return found


async def newest_event(session: Session) -> datetime | None:
    """When the newest event was stored; None if there is none. Raises BROKER_ERRORS."""
    try:
        info = await session.streams.stream_info(EVENTS)
    except NotFoundError:
        return None
    return await last_event(session) if info.state.messages else None
