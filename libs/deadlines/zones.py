"""Local days as instants, in zones whose clocks jump, repeat an hour, or skip a day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


class Piece(NamedTuple):
    """A part of a local day with one offset from UTC; `midnight` is 00:00 by that offset, perhaps outside the part."""

    start: datetime
    end: datetime
    midnight: datetime


def local_date(zone: ZoneInfo, at: datetime) -> date:
    """The date on the wall at this instant."""
    return at.astimezone(zone).date()


def day_start(zone: ZoneInfo, day: date) -> datetime:
    """The instant, in UTC, at which the day before has ended and does not repeat. A day that a zone skipped begins
    where it ends."""
    first = datetime.combine(day, time(tzinfo=zone)).astimezone(UTC)
    second = datetime.combine(day, time(tzinfo=zone, fold=1)).astimezone(UTC)
    # Midnight comes twice where clocks go back over it. Only if the day before came back too does the second one count.
    if second > first and local_date(zone, second - TICK) < day:
        return second
    return first


def pieces(zone: ZoneInfo, day: date, *, start: datetime, end: datetime) -> Iterator[Piece]:
    """The day from `start` to `end` (its bounds by `day_start`) in parts of constant offset; at most one jump a day."""
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
    """The first instant with another offset than `start` has; jumps happen on whole seconds."""
    before, low, high = _offset(zone, start), 0, (end - start) // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, start + middle * _SECOND) == before:
            low = middle
        else:
            high = middle
    return start + high * _SECOND
