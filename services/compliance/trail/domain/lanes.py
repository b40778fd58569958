"""What the trail has of each lane, and what it lacks.

The events of a lane have the numbers from 1 on without a gap, and so have the lanes of a service: their ordinals. What
is missing is suspected at first, because events arrive in any order and late; it is a fault when it was noticed `WAIT`
ago. The time counts from when this service noticed it, so after a pause of this service nothing is a fault until the
events of the pause had time to arrive.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.lane_head import LaneHead, LaneState

WAIT = timedelta(minutes=15)
MOST_GAPS = 1_000
MOST_RANGES = 100


class TrailFindingType(Enum):
    """What is wrong; the proto describes each."""

    EVENTS_MISSING = "EVENTS_MISSING"
    LANES_MISSING = "LANES_MISSING"
    HEAD_OVERDUE = "HEAD_OVERDUE"
    BEYOND_HEAD = "BEYOND_HEAD"
    UNANNOUNCED = "UNANNOUNCED"
    HEAD_FORGED = "HEAD_FORGED"
    STORE_RESTORED = "STORE_RESTORED"


_OF_ITS_END = (TrailFindingType.HEAD_OVERDUE, TrailFindingType.UNANNOUNCED)


class NumberRange(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers from `first` to `last`."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return self.last - self.first + 1


class Gap(NumberRange, frozen=True, kw_only=True):
    """Numbers that did not arrive, and since when that is known."""

    noticed_time: datetime


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """What may be wrong beside gaps, and since when that is known."""

    type: TrailFindingType
    noticed_time: datetime


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The open finding of a type."""

    type: TrailFindingType
    finding_id: str


class Restore(msgspec.Struct, frozen=True, kw_only=True):
    """A restore of the store of a service. time: of the first head of its epoch."""

    epoch: str
    backup_time: datetime
    time: datetime


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong now. ranges: the first MOST_RANGES. due_time: of a head that is overdue."""

    ranges: tuple[NumberRange, ...] = ()
    number_count: int = 0
    due_time: datetime | None = None


class TrailLane(Document, frozen=True, kw_only=True):
    """A lane; or, with an empty `lane`, the lanes of a service in one epoch, of which the numbers are the ordinals.

    top: the highest number that there is. gaps: the numbers up to `top` that did not arrive, in order, MOST_GAPS at
    most. unnamed: how many others are missing. first_time: of its first event; of a service, of its first head. head:
    the latest. restores: of the service, in the document of its first epoch. found: the open findings. judge_time: when
    to look at it again, None if nothing can become wrong by itself.
    """

    service: str
    lane: str = ""
    top: int = 0
    gaps: tuple[Gap, ...] = ()
    unnamed: int = 0
    first_time: datetime
    head: LaneHead | None = None
    restores: tuple[Restore, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    found: tuple[Found, ...] = ()
    judge_time: datetime | None = None


def lane_id(service: str, lane: str = "", epoch: str = "") -> str:
    """The id of the document of a lane, or of the lanes of a service in an epoch."""
    if lane:
        return f"{service}-{lane}"
    return f"{service}+{epoch}" if epoch else service


def arrived(lane: TrailLane, number: int, at: datetime, now: datetime) -> TrailLane:
    """The lane with event `number`, or the lanes of a service with an ordinal. at: the time of the event."""
    first_time = min(lane.first_time, at) if lane.top else at
    lane = replace(reaching(lane, number - 1, now), first_time=first_time)
    if number > lane.top:
        return replace(lane, top=number)
    place = bisect_right(lane.gaps, number, key=lambda gap: gap.first) - 1
    if place < 0 or number > lane.gaps[place].last:
        return lane
    gap = lane.gaps[place]
    left = (replace(gap, last=number - 1), replace(gap, first=number + 1))
    rest = tuple(one for one in left if one.first <= one.last)
    return replace(lane, gaps=lane.gaps[:place] + rest + lane.gaps[place + 1 :])


def reaching(lane: TrailLane, number: int, now: datetime) -> TrailLane:
    """The lane of which it is known that it has the events up to `number`."""
    if number <= lane.top:
        return lane
    gap = Gap(first=lane.top + 1, last=number, noticed_time=now)
    if len(lane.gaps) >= MOST_GAPS:
        return replace(lane, top=number, unnamed=lane.unnamed + gap.count)
    return replace(lane, top=number, gaps=(*lane.gaps, gap))


def restored(service: TrailLane, head: LaneHead) -> TrailLane:
    """The document of a service's first epoch after a head of an epoch that began with a restore."""
    if not head.epoch or head.backup_time is None or any(one.epoch == head.epoch for one in service.restores):
        return service
    found = Restore(epoch=head.epoch, backup_time=head.backup_time, time=head.time)
    return replace(service, restores=(*service.restores, found))


def stated(lane: TrailLane, head: LaneHead, now: datetime) -> TrailLane:
    """The lane after a head that is signed. An older head than the latest only says that there are so many events."""
    lane = reaching(lane, head.number, now)
    if lane.head is None or head.sequence > lane.head.sequence:
        return replace(lane, head=head)
    return lane


def looked_at(lane: TrailLane, now: datetime, *, changed: bool) -> TrailLane:
    """The lane with its suspicions and the time of the next look. changed: it was not judged, but events arrived; then
    the next look is at once if it was due already, or if there are open findings."""
    known = {one.type: one for one in lane.suspicions}
    suspicions = tuple(known.get(one) or Suspicion(type=one, noticed_time=now) for one in _suspected(lane, now))
    at_once = changed and (bool(lane.found) or (lane.judge_time is not None and lane.judge_time <= now))
    lane = replace(lane, suspicions=suspicions)
    next_time = now if at_once else min((at for at in _moments(lane) if at > now), default=None)
    return replace(lane, judge_time=next_time)


def faults(lane: TrailLane, service: TrailLane | None, now: datetime) -> Mapping[TrailFindingType, Fault]:
    """What is wrong with the lane. service: the document of the first epoch of its service, None or empty if that has
    stated no head: then it is of a release that does not, and its lanes need none."""
    known_since = now - WAIT
    begun = service.first_time if service is not None and service.top else None
    ended = service is not None and _ended(lane, service.restores)
    found: dict[TrailFindingType, Fault] = {}
    gaps = [gap for gap in lane.gaps if gap.noticed_time <= known_since]
    if count := sum(gap.count for gap in gaps) + lane.unnamed:
        ranges = tuple(NumberRange(first=gap.first, last=gap.last) for gap in gaps[:MOST_RANGES])
        missing = TrailFindingType.EVENTS_MISSING if lane.lane else TrailFindingType.LANES_MISSING
        found[missing] = Fault(ranges=ranges, number_count=count)
    for one in lane.suspicions:
        if one.noticed_time > known_since or (ended and one.type in _OF_ITS_END):
            continue
        if one.type is not TrailFindingType.UNANNOUNCED or (begun is not None and begun < lane.first_time):
            found[one.type] = _fault(lane, one.type)
    return found


def _ended(lane: TrailLane, restores: tuple[Restore, ...]) -> bool:
    """Whether a restore of the service ended the lane, so that nothing more is stated about it."""
    own, latest = (lane.head.epoch, lane.head.time) if lane.head is not None else ("", lane.first_time)
    return any(one.epoch != own and one.time > latest for one in restores)


def _fault(lane: TrailLane, type: TrailFindingType) -> Fault:
    if type is TrailFindingType.HEAD_OVERDUE and lane.head is not None:
        return Fault(due_time=lane.head.next_time)
    if type is TrailFindingType.BEYOND_HEAD and lane.head is not None:
        beyond = NumberRange(first=lane.head.number + 1, last=lane.top)
        return Fault(ranges=(beyond,), number_count=beyond.count)
    return Fault(number_count=len(lane.restores))


def _suspected(lane: TrailLane, now: datetime) -> Iterator[TrailFindingType]:
    if not lane.lane:
        if lane.restores:
            yield TrailFindingType.STORE_RESTORED
    elif lane.head is None:
        yield TrailFindingType.UNANNOUNCED
    elif lane.head.state is LaneState.OPEN:
        if lane.head.next_time <= now:
            yield TrailFindingType.HEAD_OVERDUE
    elif lane.top > lane.head.number:
        yield TrailFindingType.BEYOND_HEAD


def _moments(lane: TrailLane) -> Iterator[datetime]:
    """When something may become wrong."""
    yield from (gap.noticed_time + WAIT for gap in lane.gaps)
    yield from (one.noticed_time + WAIT for one in lane.suspicions)
    if lane.head is not None and lane.head.state is LaneState.OPEN:
        yield lane.head.next_time
