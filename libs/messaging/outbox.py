"""The events of a commit, stored with it until they are published.

Rows are handed to the relay in memory after the commit; the stored row is for what a crash left. A row lives on
for a while after JetStream acknowledged it, because JetStream acknowledges before its fsync (relay.py).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from libs.messaging.envelope import LANE_HEADER, Envelope
from libs.messaging.inbox import DURABLES, SEEN
from libs.store import requests
from libs.store.port import Document, Index, Kind


class OutboxEntry(Document, frozen=True, kw_only=True):
    """An event that was committed; `at` (the event's time, microseconds since 1970) orders the backlog and
    differs from that of every other event of its process. lane, number: given by the store, see `Place`."""

    at: int
    envelope: Envelope
    lane: str = ""
    number: int = 0

    def headers(self) -> dict[str, str]:
        """Those of the event as it is published."""
        found = self.envelope.headers()
        if self.number:
            found[LANE_HEADER] = f"{self.lane}/{self.number}"
        return found


OUTBOX = Kind("outbox", OutboxEntry, (Index(("at",)),))

# What Env and the consumers need of a store, beside the service's own kinds.
KINDS: tuple[Kind[Any], ...] = (OUTBOX, SEEN, DURABLES, requests.RECORDS)


class Encoded(msgspec.Struct, frozen=True):
    """A domain event as it travels. type: full protobuf name; subject: without `prm.<cell>.`."""

    type: str
    subject: str
    body: bytes


Encode = Callable[[msgspec.Struct], Encoded]
Handover = Callable[[Sequence[OutboxEntry]], None]


def no_relay(entries: Sequence[OutboxEntry]) -> None:
    """The handover of a process whose relay is another one, which reads the stored rows."""


def micros(instant: datetime) -> int:
    """Microseconds since 1970, as `OutboxEntry.at` counts."""
    return int(instant.timestamp() * 1_000_000)
