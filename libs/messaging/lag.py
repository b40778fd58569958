"""How far the stream is, and how far behind it a durable consumer."""

from datetime import datetime

import msgspec
from nats.js.errors import NotFoundError

from libs.messaging.jetstream import REQUEST_SECONDS, Session
from libs.messaging.streams import EVENTS


class _State(msgspec.Struct):
    last_ts: datetime


class _Stream(msgspec.Struct):
    state: _State


async def lag(session: Session, durable: str) -> int | None:
    """Events that the consumer has not dealt with, those in its hands included; None while there is no such consumer.
    Raises what a request to the broker may raise."""
    try:
        info = await session.streams.consumer_info(EVENTS, durable)
    except NotFoundError:
        return None
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def last_event(session: Session) -> datetime:
    """When the youngest event was stored, by the broker's own clock; the library leaves that out. Raises what a request
    to the broker may raise."""
    answer = await session.client.request(f"$JS.API.STREAM.INFO.{EVENTS}", timeout=REQUEST_SECONDS)
    return msgspec.json.decode(answer.data, type=_Stream).state.last_ts
