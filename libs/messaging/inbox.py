"""The mark "event seen", written in the commit of an event's effect, so that a redelivery changes nothing."""

from datetime import datetime, timedelta

from libs.store.port import Document, Index, Kind, Put, create

KEPT = timedelta(days=14)


class Seen(Document, frozen=True, kw_only=True):
    """An event that had its effect; the id is `<consumer>:<event id>`."""

    at: datetime


class Durable(Document, frozen=True, kw_only=True):
    """A durable consumer on the broker; the id is its name. at: when it was made, by the broker's clock. since: the
    durable replaces one that the broker lost, and events before this may have had an effect whose mark is gone."""

    at: datetime
    since: datetime | None = None


DURABLES = Kind("durable", Durable)
SEEN = Kind("seen", Seen, (Index(("at",)),))


class AlreadySeen(Exception):
    """The event had its effect before; nothing was written. The consumer acknowledges it."""


def dedup_key(consumer: str, event_id: str) -> str:
    """The id of the mark that a consumer leaves for an event."""
    return f"{consumer}:{event_id}"


def seen_put(id: str, now: datetime) -> Put[Seen]:
    """The write that fails with VersionConflict if the event had its effect already."""
    return create(SEEN, Seen(id=id, at=now))
