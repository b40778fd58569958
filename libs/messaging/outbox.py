"""The outbox: the events of a commit are stored with it until they are published.

After the commit the relay gets the rows in memory; it reads the stored ones only after a crash or an overflow. A row is
kept for a while after JetStream acknowledged it, because JetStream acknowledges before its fsync (relay.py).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from libs.messaging.envelope import LANE_HEADER, Envelope
from libs.messaging.inbox import DURABLES, SEEN
from libs.messaging.lanes import LANE_COUNT, LANES
from libs.store import requests
from libs.store.port import Document, Index, Kind


class OutboxEntry(Document, frozen=True, kw_only=True):
    """A committed event. at: its time in microseconds since 1970, different for each event of a process; orders the
    backlog. lane, number: given by the store, see `Place`."""

    at: int
    envelope: Envelope
    lane: str = ""
    number: int = 0

    def headers(self) -> dict[str, str]:
        """The NATS headers of the event, with its lane."""
        found = self.envelope.headers()
        if self.number:
            found[LANE_HEADER] = f"{self.lane}/{self.number}"
        return found


OUTBOX = Kind("outbox", OutboxEntry, (Index(("at",)),))
EDGE_OUTBOX = Kind("edge_outbox", OutboxEntry, (Index(("at",)),))
"""The events for other cells. They have an outbox of their own, so that those of the cell never wait for them."""


class HeldEntry(Document, frozen=True, kw_only=True):
    """A message for other cells that no registered transfer permits now. type: of the message. at: as in its outbox
    row."""

    type: str
    at: int
    envelope: Envelope


HELD = Kind("edge_held", HeldEntry, (Index(("type", "at")), Index(("at",))))

# The kinds that Env and the consumers need in a store, in addition to the service's own.
KINDS: tuple[Kind[Any], ...] = (OUTBOX, EDGE_OUTBOX, HELD, SEEN, DURABLES, LANES, LANE_COUNT, requests.RECORDS)


class Encoded(msgspec.Struct, frozen=True):
    """An encoded domain event. type: full name of the protobuf message. subject: without `prm.<cell>.`. body: the
    message, serialized. crosses: whether it is for other cells."""

    type: str
    subject: str
    body: bytes
    crosses: bool = False


Encode = Callable[[msgspec.Struct], Encoded]
Handover = Callable[[Sequence[OutboxEntry]], None]


def no_relay(entries: Sequence[OutboxEntry]) -> None:
    """The handover of a process without a relay; does nothing, because another process reads the stored rows."""


def micros(instant: datetime) -> int:
    """Microseconds since 1970, as `OutboxEntry.at` counts."""
    return int(instant.timestamp() * 1_000_000)
