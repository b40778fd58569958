"""A lane head: the signed statement of a service about how many events one of its lanes has."""

from datetime import UTC, datetime
from enum import Enum

import msgspec

from libs.audit.statements import LaneStatement


class LaneState(Enum):
    """Whether events may still be added to a lane."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class LaneHead(msgspec.Struct, frozen=True, kw_only=True):
    """What prm.common.v1.LaneHead is; it describes each field."""

    service: str
    lane: str
    ordinal: int
    number: int
    sequence: int
    state: LaneState
    time: datetime
    next_time: datetime
    signature: str = ""
    epoch: str = ""
    backup_time: datetime | None = None

    def text(self, cell: str) -> bytes:
        """The bytes that the cell signs."""
        return LaneStatement(
            service=self.service,
            lane=self.lane,
            ordinal=self.ordinal,
            number=self.number,
            sequence=self.sequence,
            state=self.state.name,
            time=_instant(self.time),
            next_time=_instant(self.next_time),
            epoch=self.epoch,
            backup_time=_instant(self.backup_time) if self.backup_time is not None else "",
        ).text(cell)


class LaneStated(msgspec.Struct, frozen=True, kw_only=True):
    """The event that carries a head to the audit trail; every service has a message of this name."""

    head: LaneHead


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
