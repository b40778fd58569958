"""A message as a durable consumer was given it, and the answers to it."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from nats.aio.msg import Msg

from libs.messaging.dead import ORIGINAL_SUBJECT
from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import BROKER_ERRORS, Outgoing, Session

_TOKENS_WITHOUT_DOMAIN = 9


class Delivery(NamedTuple):
    """deliveries: how often it was delivered, this time included. sequence, stored: its number in EVENTS, and since
    when it is there. No envelope if the headers are not those of an event."""

    msg: Msg
    envelope: Envelope | None
    deliveries: int
    sequence: int
    stored: datetime

    @classmethod
    def of(cls, msg: Msg) -> "Delivery":
        """The counts are in the reply subject, after the names of domain (if any), stream and consumer."""
        tokens = msg.reply.split(".")
        first = 4 if len(tokens) == _TOKENS_WITHOUT_DOMAIN else 6
        deliveries, sequence, _, nanoseconds = tokens[first : first + 4]
        headers = msg.headers or {}
        subject = headers.get(ORIGINAL_SUBJECT, msg.subject) if msg.subject.startswith("replay.") else msg.subject
        envelope: Envelope | None
        try:
            envelope = Envelope.read(subject, headers, msg.data)
        except ValueError:
            envelope = None
        stored = datetime.fromtimestamp(int(nanoseconds) / 10**9, UTC)
        return cls(msg, envelope, int(deliveries), int(sequence), stored)

    @property
    def lane(self) -> str:
        """Deliveries of one lane are worked on one after the other: those about one document."""
        return self.envelope.about if self.envelope is not None else self.msg.reply

    @property
    def message(self) -> Outgoing:
        """What was delivered."""
        return Outgoing(self.msg.subject, self.msg.headers or {}, self.msg.data)


async def acknowledge(session: Session, msg: Msg) -> None:
    """It is dealt with."""
    await _reply(session, msg, b"")


async def give_back(session: Session, msg: Msg, delay_seconds: float) -> None:
    """Return the message; the broker delivers it again, to any process."""
    await _reply(session, msg, b'-NAK {"delay": %d}' % int(delay_seconds * 1_000_000_000))


async def keep(session: Session, msg: Msg) -> None:
    """Tell the broker that it is in progress; the time until redelivery starts again."""
    await _reply(session, msg, b"+WPI")


async def _reply(session: Session, msg: Msg, body: bytes) -> None:
    """Lost with the connection, it only makes the message come again."""
    with suppress(*BROKER_ERRORS):
        await session.client.publish(msg.reply, body)
