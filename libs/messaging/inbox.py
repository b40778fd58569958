"""The mark "event seen" that goes into the commit of an event's effect, so that a redelivery changes nothing."""

from datetime import datetime, timedelta

from libs.store.port import Document, Index, Kind, Put, create

KEPT = timedelta(days=14)


class Seen(Document, frozen=True, kw_only=True):
    """An event that had its effect; the id is `<consumer>:<event id>`."""

    at: datetime


class Durable(Document, frozen=True, kw_only=True):
    """A consumer that was made on the broker; the id is its name. Should the broker ever have lost it, the new one
    must not go back further than the marks do."""

    at: datetime


DURABLES = Kind("durable", Durable)
SEEN = Kind("seen", Seen, (Index(("at",)),))


class AlreadySeen(Exception):
    """The event had its effect before; nothing was written. The consumer acknowledges it and is done."""


def dedup_key(consumer: str, event_id: str) -> str:
    """The id of the mark that a consumer leaves for an event."""
    return f"{consumer}:{event_id}"


def seen_put(id: str, now: datetime) -> Put[Seen]:
    """The write that fails with VersionConflict if the event had its effect already."""
    return create(SEEN, Seen(id=id, at=now))
