"""How far behind a durable consumer is."""

from nats.js.errors import NotFoundError

from libs.messaging.jetstream import Session
from libs.messaging.streams import EVENTS


async def lag(session: Session, durable: str) -> int | None:
    """Events that the consumer has not dealt with, those in its hands included; None while there is no such consumer.
    Raises what a request to the broker may raise."""
    try:
        info = await session.streams.consumer_info(EVENTS, durable)
    except NotFoundError:
        return None
    return (info.num_pending or 0) + (info.num_ack_pending or 0)
