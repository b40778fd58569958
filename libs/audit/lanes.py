"""Finds events that are missing from a lane, whose events have the numbers from 1 on without a gap.

A number that no entry has is an event that the trail lost, unless the event was still on its way when the export was
made. Therefore only what is older than `ON_ITS_WAY` at the end of the export counts. Heads say up to which number the
events of a lane go, and when the next head is due, so a lane whose end is missing is found too.
"""

from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from .findings import Finding, Wrong, stretches
from .lines import Numbered
from .statements import LaneStatement

ON_ITS_WAY = timedelta(minutes=15)

_MICROS = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class _Lane:
    """What is known of a lane. numbers, times: of its events. head: the latest. stated: number and time of each head
    that says more than those before it."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.numbers: array[int] = array("q")
        self.times: array[int] = array("q")
        self.head: LaneStatement | None = None
        self.stated: list[tuple[int, int]] = []


class Lanes:
    """The event numbers and times of each lane, two integers per entry, and what its heads say."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._begun: dict[str, int] = {}  # the time of the first head of each service
        self._ordinals: dict[tuple[str, str], list[tuple[int, int]]] = {}  # by service and epoch; with times of heads
        self._restores: dict[tuple[str, str], tuple[str, int]] = {}  # of these: time of the backup, and the first head

    def add(self, one: Numbered) -> bool:
        """Add the lane and number of an entry; False if time, number or service of the lane are not valid."""
        try:
            at = _micros(one.time)
        except (ValueError, TypeError):
            return False
        lane = self._lanes.setdefault(one.lane, _Lane(one.service))
        if one.number < 1 or lane.service != one.service:
            return False
        lane.numbers.append(one.number)
        lane.times.append(at)
        return True

    def state(self, head: LaneStatement) -> bool:
        """Add a lane head whose signature is valid; False if its times or the service of the lane are not."""
        try:
            at, _ = _micros(head.time), _micros(head.next_time)
        except (ValueError, TypeError):
            return False
        lane = self._lanes.setdefault(head.lane, _Lane(head.service))
        if lane.service != head.service or head.ordinal < 1:
            return False
        if lane.head is None:
            self._ordinals.setdefault((head.service, head.epoch), []).append((head.ordinal, at))
        if lane.head is None or head.sequence > lane.head.sequence:
            lane.head = head
        if not lane.stated or head.number > lane.stated[-1][0]:
            lane.stated.append((head.number, at))
        if head.epoch:
            _, first = self._restores.get((head.service, head.epoch), ("", at))
            self._restores[head.service, head.epoch] = head.backup_time, min(first, at)
        self._begun[head.service] = min(at, self._begun.get(head.service, at))
        return True

    def findings(self, end: str) -> Iterator[Finding]:
        """What is missing, by service. end: when the export was made, RFC 3339."""
        latest = _micros(end) - ON_ITS_WAY // _MICROS
        for (service, _), (backup_time, _) in sorted(self._restores.items(), key=lambda one: (one[0][0], one[1][1])):
            text = f"the store of {service} was restored from a backup of {backup_time}: later changes are undone there"
            yield Finding(Wrong.RESTORED, 0, text)
        for (service, _), ordinals in sorted(self._ordinals.items()):
            if gaps := _gaps({one for one, _ in ordinals}, _arrived(ordinals, latest)):
                yield Finding(Wrong.MISSING, 0, f"lanes {stretches(gaps)} of {service} are not in the trail at all")
        for name, lane in sorted(self._lanes.items(), key=lambda one: (one[1].service, one[0])):
            yield from self._of_lane(f"lane {name} of {lane.service}", lane, latest)

    def _of_lane(self, called: str, lane: _Lane, latest: int) -> Iterator[Finding]:
        entries = list(zip(lane.numbers, lane.times, strict=True))
        if gaps := _gaps(set(lane.numbers), _arrived([*entries, *lane.stated], latest)):
            yield Finding(Wrong.MISSING, 0, f"events {stretches(gaps)} of {called} are not in the trail")
        if lane.head is None:
            first = min(lane.times)
            if self._begun.get(lane.service, latest) < first <= latest and not self._ended(lane, first):
                yield Finding(Wrong.UNANNOUNCED, 0, f"no head of {called} is in the trail")
        elif lane.head.state != "CLOSED":
            if _micros(lane.head.next_time) <= latest and not self._ended(lane, _micros(lane.head.time)):
                text = f"{called} is open, and its head that was due at {lane.head.next_time} is not in the trail"
                yield Finding(Wrong.OVERDUE, 0, text)
        elif (last := _arrived(entries, latest)) > lane.head.number:
            text = f"{called} was closed at event {lane.head.number}, and the trail has event {last} of it"
            yield Finding(Wrong.BEYOND_HEAD, 0, text)

    def _ended(self, lane: _Lane, at: int) -> bool:
        """Whether a restore of its service ended the lane, of which the latest is known from `at`."""
        own = lane.head.epoch if lane.head is not None else ""
        return any(
            service == lane.service and epoch != own and first > at
            for (service, epoch), (_, first) in self._restores.items()
        )


def _micros(time: str) -> int:
    """Microseconds since 1970; ValueError, TypeError."""
    return (datetime.fromisoformat(time) - _EPOCH) // _MICROS


def _arrived(numbered: Iterable[tuple[int, int]], latest: int) -> int:
    """The highest number whose time is not after `latest`; 0 if there is none."""
    return max((number for number, at in numbered if at <= latest), default=0)


def _gaps(present: set[int], most: int) -> list[tuple[int, int]]:
    """The ranges between 1 and `most` of which no number is present. The cost depends on the numbers that are present,
    not on how large they are."""
    found, expected = [], 1
    for number in sorted(present):
        if number > most:
            break
        if number > expected:
            found.append((expected, number - 1))
        expected = number + 1
    if expected <= most:
        found.append((expected, most))
    return found
