"""Whether the edge of a cell hears the hub."""

import msgspec

from libs.messaging.border.names import DIRECTORY
from libs.messaging.jetstream import REQUEST_SECONDS, Session

SILENT_SECONDS = 30.0

_NANOS = 1_000_000_000


class _Source(msgspec.Struct):
    active: int = -1  # nanoseconds since the hub delivered a message or a heartbeat; -1: never


class _Stream(msgspec.Struct):
    sources: tuple[_Source, ...] = ()


async def hears_the_hub(session: Session) -> bool:
    """Whether the hub has delivered a message or a heartbeat to this edge within SILENT_SECONDS; it sends one each
    second. A hub that knows no other cell delivers nothing. BROKER_ERRORS."""
    raw = await session.client.request(f"$JS.API.STREAM.INFO.{DIRECTORY}", timeout=REQUEST_SECONDS)
    sources = msgspec.json.decode(raw.data, type=_Stream).sources
    return any(0 <= one.active < SILENT_SECONDS * _NANOS for one in sources)
