"""Finds events that are missing from a lane, whose events have the numbers from 1 on without a gap.

A number that no entry has is an event that the trail lost, unless the event was still on its way when the export was
made. Therefore only gaps before events that were older than `ON_ITS_WAY` at the end of the export count.
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
    """The event numbers and times of each lane; two integers per entry are kept."""

    def __init__(self) -> None:
        self._services: dict[str, str] = {}
        self._numbers: dict[str, array[int]] = {}
        self._times: dict[str, array[int]] = {}

    def add(self, one: Numbered) -> bool:
        """Add the lane and number of an entry; False if time, number or service of the lane are not valid."""
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
        """A finding for each lane with missing events, by service. end: when the export was made, RFC 3339."""
        latest = (datetime.fromisoformat(end) - _EPOCH - ON_ITS_WAY) // _MICROS
        for lane, service in sorted(self._services.items(), key=lambda one: (one[1], one[0])):
            numbers, times = self._numbers[lane], self._times[lane]
            arrived = max((number for number, at in zip(numbers, times, strict=True) if at <= latest), default=0)
            if gaps := _gaps(set(numbers), arrived):
                text = f"events {stretches(gaps)} of lane {lane} of {service} are not in the trail"
                yield Finding(Wrong.MISSING, 0, text)


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
    return found
