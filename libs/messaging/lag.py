"""The time of the stream's last event, and the lag of a durable consumer."""

from datetime import datetime

import msgspec
from nats.js.errors import NotFoundError

from libs.messaging.jetstream import REQUEST_SECONDS, Session


class _State(msgspec.Struct):
    last_seq: int
    last_ts: datetime


class _Stream(msgspec.Struct):
    state: _State


async def lag(session: Session, durable: str) -> int | None:
    """How many events the consumer has not acknowledged, including those delivered to it; None if there is no such
    consumer. Raises BROKER_ERRORS."""
    try:
        info = await session.streams.consumer_info(session.stream, durable)
    except NotFoundError:
        return None
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def last_event(session: Session) -> datetime | None:
    """When the youngest event was stored, by the broker's clock, which the library does not return; None if the stream
    never had one. Raises BROKER_ERRORS."""
    answer = await session.client.request(f"$JS.API.STREAM.INFO.{session.stream}", timeout=REQUEST_SECONDS)
    state = msgspec.json.decode(answer.data, type=_Stream).state
    return state.last_ts if state.last_seq else None
