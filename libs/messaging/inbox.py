"""The mark "event seen", which the commit of an event's effect writes, so that a redelivery changes nothing."""

from datetime import datetime, timedelta

from libs.store.port import Document, Index, Kind, Put, create

KEPT = timedelta(days=14)


class Seen(Document, frozen=True, kw_only=True):
    """The mark of an event that has had its effect; the id is `<consumer>:<event id>`."""

    at: datetime


class Durable(Document, frozen=True, kw_only=True):
    """A durable consumer on the broker; the id is its name. at: when it was created, by the broker's clock. since: set
    if it replaces one that the broker lost: events stored before are skipped, because the marks of their effects may
    have been deleted."""

    at: datetime
    since: datetime | None = None


DURABLES = Kind("durable", Durable)
SEEN = Kind("seen", Seen, (Index(("at",)),))


class AlreadySeen(Exception):
    """The event has had its effect before; the commit wrote nothing. The consumer acknowledges the event."""


def dedup_key(consumer: str, event_id: str) -> str:
    """The id of a consumer's mark for an event."""
    return f"{consumer}:{event_id}"


def seen_put(id: str, now: datetime) -> Put[Seen]:
    """The write of a mark; its commit fails with VersionConflict if the event has had its effect already."""
    return create(SEEN, Seen(id=id, at=now))
