"""A finding about the trail: a row that is open while something is wrong."""

from datetime import datetime
from enum import Enum
from typing import Any

from msgspec.structs import replace

from libs.document import Document
from services.compliance.trail.domain.lanes import Fault, NumberRange, TrailFindingType, TrailLane
from services.compliance.trail.events import TrailFindingChanged, TrailFindingOpened, TrailFindingResolved


class TrailFindingState(Enum):
    """Whether a finding is still true."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


class TrailFinding(Document, frozen=True, kw_only=True):
    """What the trail lacks, or has and should not have; the proto describes each field."""

    type: TrailFindingType
    state: TrailFindingState = TrailFindingState.OPEN
    service: str
    lane: str = ""
    ranges: tuple[NumberRange, ...] = ()
    number_count: int = 0
    due_time: datetime | None = None
    entry_id: str = ""
    create_time: datetime
    resolve_time: datetime | None = None


def opened(
    lane: TrailLane, type: TrailFindingType, fault: Fault, *, id: str, now: datetime, entry_id: str = ""
) -> tuple[TrailFinding, TrailFindingOpened]:
    """A new finding about a lane."""
    finding = TrailFinding(
        id=id,
        type=type,
        service=lane.service,
        lane=lane.lane,
        ranges=fault.ranges,
        number_count=fault.number_count,
        due_time=fault.due_time,
        entry_id=entry_id,
        create_time=now,
    )
    return finding, TrailFindingOpened(**_told(finding))


def changed(finding: TrailFinding, fault: Fault) -> tuple[TrailFinding, TrailFindingChanged] | None:
    """The finding with what is wrong now; None if that is the same."""
    same = (finding.ranges, finding.number_count, finding.due_time)
    if same == (fault.ranges, fault.number_count, fault.due_time):
        return None
    found = replace(finding, ranges=fault.ranges, number_count=fault.number_count, due_time=fault.due_time)
    return found, TrailFindingChanged(**_told(found))


def repeated(finding: TrailFinding, count: int) -> tuple[TrailFinding, TrailFindingChanged]:
    """The finding about forged heads of a service after so many more."""
    found = replace(finding, number_count=finding.number_count + count)
    return found, TrailFindingChanged(**_told(found))


def resolved(finding: TrailFinding, now: datetime) -> tuple[TrailFinding, TrailFindingResolved]:
    """The finding, of which nothing is true any more."""
    found = replace(finding, state=TrailFindingState.RESOLVED, ranges=(), number_count=0, resolve_time=now)
    return found, TrailFindingResolved(**_told(found))


def _told(finding: TrailFinding) -> dict[str, Any]:
    names = TrailFindingOpened.__struct_fields__
    values = {name: getattr(finding, name) for name in names if name != "finding_id"}
    return {"finding_id": finding.id, **values}
