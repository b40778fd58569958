"""Whether the events of every lane are all there: their numbers count from 1 without a gap.

A number that no entry has is an event that the trail lost, unless it was still on its way when the export was made: so
only what is older than `ON_ITS_WAY` at the end of the export counts.
"""

from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta

from .findings import Finding, Wrong, stretches
from .lines import Numbered

ON_ITS_WAY = timedelta(minutes=15)

_MICROS = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Lanes:
    """What was read of each lane: two numbers for each entry."""

    def __init__(self) -> None:
        self._services: dict[str, str] = {}
        self._numbers: dict[str, array[int]] = {}
        self._times: dict[str, array[int]] = {}

    def add(self, one: Numbered) -> bool:
        """Take in the place of an entry; False if it is none."""
        try:
            at = (datetime.fromisoformat(one.time) - _EPOCH) // _MICROS
        except (ValueError, TypeError):
            return False
        if one.number < 1 or self._services.setdefault(one.lane, one.service) != one.service:
            return False
        self._numbers.setdefault(one.lane, array("q")).append(one.number)
        self._times.setdefault(one.lane, array("q")).append(at)
        return True

    def missing(self, end: str) -> Iterator[Finding]:
        """What is missing of each lane, by service. end: when the export was made."""
        latest = (datetime.fromisoformat(end) - _EPOCH - ON_ITS_WAY) // _MICROS
        for lane, service in sorted(self._services.items(), key=lambda one: (one[1], one[0])):
            numbers, times = self._numbers[lane], self._times[lane]
            arrived = max((number for number, at in zip(numbers, times, strict=True) if at <= latest), default=0)
            if gaps := _gaps(set(numbers), arrived):
                text = f"events {stretches(gaps)} of lane {lane} of {service} are not in the trail"
                yield Finding(Wrong.MISSING, 0, text)


def _gaps(present: set[int], most: int) -> list[tuple[int, int]]:
    """The stretches between 1 and `most` of which nothing is present. Their cost is that of what is present, however
    large a number somebody wrote."""
    found, expected = [], 1
    for number in sorted(present):
        if number > most:
            break
        if number > expected:
            found.append((expected, number - 1))
        expected = number + 1
    return found
