"""A message as it was delivered to a durable consumer, and the replies to the broker."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from nats.aio.msg import Msg

from libs.messaging.dead import ORIGINAL_SUBJECT
from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import BROKER_ERRORS, Outgoing, Session

_TOKENS_WITHOUT_DOMAIN = 9


class Delivery(NamedTuple):
    """A delivered message. envelope: the event; None if the headers are not those of an event. deliveries: how often it
    was delivered, this time included. sequence, stored: its number in EVENTS, and when it was stored there."""

    msg: Msg
    envelope: Envelope | None
    deliveries: int
    sequence: int
    stored: datetime

    @classmethod
    def of(cls, msg: Msg) -> "Delivery":
        """The delivery of a message. The numbers are in its reply subject, after the names of domain (if any), stream
        and consumer."""
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
        """The key of the lane: deliveries about one document share it and are processed one after the other."""
        return self.envelope.about if self.envelope is not None else self.msg.reply

    @property
    def message(self) -> Outgoing:
        """The message, to publish it again."""
        return Outgoing(self.msg.subject, self.msg.headers or {}, self.msg.data)


async def acknowledge(session: Session, msg: Msg) -> None:
    """Acknowledge the message: it has been processed."""
    await _reply(session, msg, b"")


async def give_back(session: Session, msg: Msg, delay_seconds: float) -> None:
    """Return the message; the broker delivers it again after the delay, to any process."""
    await _reply(session, msg, b'-NAK {"delay": %d}' % int(delay_seconds * 1_000_000_000))


async def keep(session: Session, msg: Msg) -> None:
    """Tell the broker that it is in progress; the time until redelivery starts again."""
    await _reply(session, msg, b"+WPI")


async def _reply(session: Session, msg: Msg, body: bytes) -> None:
    """Send a reply. If it is lost with the connection, the broker only delivers the message again."""
    with suppress(*BROKER_ERRORS):
        await session.client.publish(msg.reply, body)
