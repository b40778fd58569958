"""Outbox rows that are only looked at, not published."""

from datetime import datetime

from libs.messaging.envelope import Envelope
from libs.messaging.outbox import OutboxEntry, micros


def an_entry(id: str, at: datetime) -> OutboxEntry:
    """A row of an event of that instant."""
    envelope = Envelope(
        id=id, type="prm.probe.v1.Taken", source="prm/local/notes", about=id, version=1, subject="s", time=at
    )
    return OutboxEntry(id=id, at=micros(at), envelope=envelope)
