"""The mark "event seen" that goes into the commit of an event's effect, so that a redelivery changes nothing."""

from datetime import datetime, timedelta

from libs.store.port import Document, Index, Kind, Put, create

KEPT = timedelta(days=14)


class Seen(Document, frozen=True, kw_only=True):
    """An event that had its effect; the id is `<consumer>:<event id>`."""

    at: datetime


SEEN = Kind("seen", Seen, (Index(("at",)),))


def mark_id(consumer: str, event_id: str) -> str:
    """The id of the mark that a consumer leaves for an event."""
    return f"{consumer}:{event_id}"


def mark(id: str, now: datetime) -> Put[Seen]:
    """The write that fails with VersionConflict if the event had its effect already."""
    return create(SEEN, Seen(id=id, at=now))
