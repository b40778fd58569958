"""Converts local days to instants, also in zones whose clocks skip or repeat an hour, or skip a day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


class Piece(NamedTuple):
    """A part of a local day with one offset from UTC. midnight: 00:00 by that offset, which may be outside the part."""

    start: datetime
    end: datetime
    midnight: datetime


def local_date(zone: ZoneInfo, at: datetime) -> date:
    """The local date at this instant."""
    return at.astimezone(zone).date()


def day_start(zone: ZoneInfo, day: date) -> datetime:
    """The instant, in UTC, at which the day before has ended for good. For a day that the zone skipped, start and end
    are the same instant."""
    first = datetime.combine(day, time(tzinfo=zone)).astimezone(UTC)
    second = datetime.combine(day, time(tzinfo=zone, fold=1)).astimezone(UTC)
    # Midnight comes twice where clocks go back over it. Only if the day before came back too does the second one count.
    if second > first and local_date(zone, second - TICK) < day:
        return second
    return first


def pieces(zone: ZoneInfo, day: date, *, start: datetime, end: datetime) -> Iterator[Piece]:
    """The parts of constant offset of the day from `start` to `end` (from `day_start`); there is at most one clock
    change per day."""
    midnight = datetime.combine(day, time(tzinfo=UTC))
    before, after = _offset(zone, start), _offset(zone, end - TICK)
    if before == after:
        yield Piece(start, end, midnight - before)
        return
    jump = _jump(zone, start, end)
    yield Piece(start, jump, midnight - before)
    yield Piece(jump, end, midnight - after)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None, "an instant in a zone has an offset"
    return found


def _jump(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The first instant whose offset differs from that of `start`; clock changes are on whole seconds."""
    before, low, high = _offset(zone, start), 0, (end - start) // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, start + middle * _SECOND) == before:
            low = middle
        else:
            high = middle
    return start + high * _SECOND
