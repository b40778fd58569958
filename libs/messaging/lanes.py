"""What a service's store has about the lanes of its processes, so that a process can close those of a killed one."""

from datetime import datetime

from libs.lane_head import LaneState
from libs.store.port import Document, Index, Kind

COUNT = "count"


class LaneRow(Document, frozen=True, kw_only=True):
    """A lane; its id is the name. number: up to which its events are known to be durable. heard_time: when its process
    wrote the row last, which it does while it lives. stated_number, stated_time, next_time: of the last head."""

    ordinal: int
    number: int
    state: LaneState
    heard_time: datetime
    stated_number: int
    stated_time: datetime
    next_time: datetime


class LaneCount(Document, frozen=True, kw_only=True):
    """How many lanes the service has had, so the ordinal of the newest; there is one. epoch: empty until the store is
    restored from a backup, which begins an epoch in which lanes count from 1 again. backup_time: of that backup."""

    lanes: int = 0
    epoch: str = ""
    backup_time: datetime | None = None


LANES = Kind("lane", LaneRow, (Index(("state", "heard_time")),))
LANE_COUNT = Kind("lane_count", LaneCount)
