"""The streams of a cell: EVENTS for events, DEAD for dead letters, and the bucket of the object store."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import msgspec
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

EVENTS = "EVENTS"
DEAD = "DEAD"
OBJECTS = "SUBJECT_DATA"
BUCKET_STREAM = f"OBJ_{OBJECTS}"
OBJECTS_KEPT = timedelta(days=35)  # a calendar month to fetch the package, and some days


class StreamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the cell's streams.

    A full stream refuses new messages instead of dropping old ones that a consumer may not have seen; events then wait
    in the outboxes, and the relay's backlog shows it. kept: the age up to which events are stored, and a projection can
    be rebuilt. objects_bytes: of the services' answers to data subjects; further answers wait while the bucket is full.
    duplicate_window: for how long the broker recognises a message id.
    """

    events_bytes: int = 4 * 1024**3
    dead_bytes: int = 256 * 1024**2
    objects_bytes: int = 2 * 1024**3
    kept: timedelta = timedelta(days=400)
    duplicate_window: timedelta = timedelta(minutes=10)
    replicas: int = 1


DEFAULT_LIMITS = StreamLimits()


class ForeignBroker(Exception):
    """The broker has the streams of another cell, and two cells must never share a broker; the process ends."""

    def __init__(self, cell: str, subjects: Sequence[str]) -> None:
        super().__init__(
            f"this is cell {cell}, but the broker has the stream {EVENTS} with {', '.join(subjects)}: give each cell a "
            "broker or an account of its own"
        )


def event_subject(cell: str, subject: str) -> str:
    """The full subject of an event. subject: as in the proto; wildcards allowed for consumers."""
    return f"prm.{cell}.{subject}"


def replay_subject(cell: str, durable: str) -> str:
    """The subject on which a dead letter is replayed to its consumer, and to no other."""
    return f"replay.{cell}.{durable}"


def dead_subject(cell: str, durable: str) -> str:
    """The subject of the dead letters of a consumer."""
    return f"dead.{cell}.{durable}"


async def require_own(context: JetStreamContext, cell: str) -> None:
    """ForeignBroker if the stream EVENTS belongs to another cell; passes if there is none yet."""
    with suppress(NotFoundError):
        _require_own((await context.stream_info(EVENTS)).config, cell)


async def ensure_streams(context: JetStreamContext, cell: str, limits: StreamLimits) -> None:
    """Create the streams, or update them to these limits; idempotent. ForeignBroker if they belong to another cell."""
    await require_own(context, cell)
    events = StreamConfig(
        name=EVENTS,
        subjects=[event_subject(cell, ">"), replay_subject(cell, ">")],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=limits.events_bytes,
        max_age=limits.kept.total_seconds(),
        duplicate_window=limits.duplicate_window.total_seconds(),
        num_replicas=limits.replicas,
        allow_direct=True,
    )
    await _ensure(context, events)
    await _ensure(context, events.evolve(name=DEAD, subjects=[dead_subject(cell, ">")], max_bytes=limits.dead_bytes))
    await _ensure(context, _bucket(limits))


def _bucket(limits: StreamLimits) -> StreamConfig:
    """The stream of the bucket, as NATS clients expect it for an object store."""
    return StreamConfig(
        name=BUCKET_STREAM,
        subjects=[f"$O.{OBJECTS}.C.>", f"$O.{OBJECTS}.M.>"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=limits.objects_bytes,
        max_age=OBJECTS_KEPT.total_seconds(),
        num_replicas=limits.replicas,
        allow_rollup_hdrs=True,
        allow_direct=True,
    )


def _require_own(found: StreamConfig, cell: str) -> None:
    if any(subject.split(".")[1] != cell for subject in found.subjects or ()):
        raise ForeignBroker(cell, found.subjects or ())


async def _ensure(context: JetStreamContext, config: StreamConfig) -> None:
    assert config.name is not None
    try:
        found = (await context.stream_info(config.name)).config
    except NotFoundError:
        await context.add_stream(config)
        return
    has = found.as_dict()
    if any(value is not None and has.get(key) != value for key, value in config.as_dict().items()):
        await context.update_stream(config)
