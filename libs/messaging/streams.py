"""The streams of a cell: EVENTS for what happened, DEAD for what a consumer could not process."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

EVENTS = "EVENTS"
DEAD = "DEAD"


class StreamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the cell's streams.

    A stream that is full refuses what is new, so that nothing a consumer has not seen is dropped: events then wait in
    the outboxes, and the relay's backlog shows it. `kept` bounds how far back a projection can be rebuilt.
    objects_bytes: of what services hand over to answer a person; answers wait while the bucket is full.
    """

    events_bytes: int = 4 * 1024**3
    dead_bytes: int = 256 * 1024**2
    objects_bytes: int = 2 * 1024**3
    kept: timedelta = timedelta(days=400)
    duplicate_window: timedelta = timedelta(minutes=10)
    replicas: int = 1


DEFAULT_LIMITS = StreamLimits()


class ForeignBroker(Exception):
    """The broker has the streams of another cell. Two cells must never share one; the process ends."""

    def __init__(self, cell: str, subjects: Sequence[str]) -> None:
        super().__init__(
            f"this is cell {cell}, but the broker has the stream {EVENTS} with {', '.join(subjects)}: give each cell a "
            "broker or an account of its own"
        )


def event_subject(cell: str, subject: str) -> str:
    """Where an event is published; `subject` as in the proto, wildcards allowed for consumers."""
    return f"prm.{cell}.{subject}"


def replay_subject(cell: str, durable: str) -> str:
    """Where a dead letter comes back to its consumer, and to no other."""
    return f"replay.{cell}.{durable}"


def dead_subject(cell: str, durable: str) -> str:
    """Where what a consumer could not process goes."""
    return f"dead.{cell}.{durable}"


async def ensure_streams(context: JetStreamContext, cell: str, limits: StreamLimits) -> None:
    """Make the streams, or give them these limits; idempotent. ForeignBroker if they are another cell's."""
    events = StreamConfig(
        name=EVENTS,
        subjects=[event_subject(cell, ">"), replay_subject(cell, ">")],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=limits.events_bytes,
        max_age=limits.kept.total_seconds(),
        duplicate_window=limits.duplicate_window.total_seconds(),
        num_replicas=limits.replicas,
    )
    await _ensure(context, EVENTS, events, cell)
    dead = events.evolve(name=DEAD, subjects=[dead_subject(cell, ">")], max_bytes=limits.dead_bytes)
    await _ensure(context, DEAD, dead, cell)


async def _ensure(context: JetStreamContext, name: str, config: StreamConfig, cell: str) -> None:
    try:
        found = (await context.stream_info(name)).config
    except NotFoundError:
        await context.add_stream(config)
        return
    if any(subject.split(".")[1] != cell for subject in found.subjects or ()):
        raise ForeignBroker(cell, found.subjects or ())
    has = found.as_dict()
    if any(value is not None and has.get(key) != value for key, value in config.as_dict().items()):
        await context.update_stream(config)
