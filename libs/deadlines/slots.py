"""Divides the days of a calendar into slots, from which an explanation is built: counted, closed, weekend, holiday."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from libs.deadlines.calendars import DAYS_PER_WEEK, MINUTES_PER_DAY, Calendar, Hours
from libs.deadlines.national import NationalDays, national_days
from libs.deadlines.zones import DAY, day_start, pieces

NOTHING = timedelta()
MAKE_UP_DAY = "make-up working day"
_NO_DAYS = NationalDays({}, frozenset())


class SegmentKind(Enum):
    """Why a stretch of time counts or does not."""

    COUNTED = "COUNTED"
    OUT_OF_HOURS = "OUT_OF_HOURS"
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"
    PAUSED = "PAUSED"
    FIRST_DAY = "FIRST_DAY"
    ROLLED_FORWARD = "ROLLED_FORWARD"


class Basis(Enum):
    """What is counted: time in which the calendar is open, its working days, or all days."""

    OPEN_TIME = "OPEN_TIME"
    WORKING_DAYS = "WORKING_DAYS"
    ALL_DAYS = "ALL_DAYS"


class Slot(NamedTuple):
    """A stretch of one kind and how much of it counts: its length, one day for a day that counts, or nothing."""

    start: datetime
    end: datetime
    kind: SegmentKind
    counted: timedelta
    note: str


class _Day(NamedTuple):
    """The kind of a day. hours: empty unless it is a working day."""

    kind: SegmentKind
    note: str
    hours: tuple[Hours, ...]


def slots_of_days(calendar: Calendar, basis: Basis, *, first: date, beyond: date) -> Iterator[Slot]:
    """Slots without gaps from the start of `first` to the start of `beyond`, in order."""
    zone, start, day = calendar.zone, day_start(calendar.zone, first), first
    exceptions = _exceptions(calendar)
    while day < beyond:
        end = day_start(zone, day + DAY)
        if start < end:
            what = _COUNTED_DAY if basis is Basis.ALL_DAYS else exceptions.get(day) or _ordinary(calendar, day)
            if basis is Basis.OPEN_TIME and what.hours:
                yield from _by_hours(calendar, day, what, start=start, end=end)
            else:
                counted = DAY if what.kind is SegmentKind.COUNTED else NOTHING
                yield Slot(start, end, what.kind, counted, what.note)
        start, day = end, day + DAY


def _exceptions(calendar: Calendar) -> dict[date, _Day]:
    found = {one.on: _Day(SegmentKind.HOLIDAY, one.name, ()) for one in calendar.extra_holidays}
    for one in calendar.extra_workdays:
        found[one.on] = _Day(SegmentKind.COUNTED, one.name, one.hours or _usual_hours(calendar, one.on))
    return found


def _ordinary(calendar: Calendar, day: date) -> _Day:
    """The kind of a date by week and country, without the exceptions of the calendar."""
    national = _NO_DAYS
    if calendar.country:
        national = national_days(calendar.country, calendar.subdivision, calendar.language, day.year)
    hours = calendar.weekly[day.weekday()]
    if hours:
        name = national.holidays.get(day)
        return _Day(SegmentKind.COUNTED, "", hours) if name is None else _Day(SegmentKind.HOLIDAY, name, ())
    if day in national.workdays:
        return _Day(SegmentKind.COUNTED, MAKE_UP_DAY, _usual_hours(calendar, day))
    return _Day(SegmentKind.WEEKEND, "", ())


def _usual_hours(calendar: Calendar, day: date) -> tuple[Hours, ...]:
    """The hours of the weekday, or of the nearest earlier weekday that has any; a calendar has at least one."""
    return next(hours for back in range(DAYS_PER_WEEK) if (hours := calendar.weekly[day.weekday() - back]))


def _by_hours(calendar: Calendar, day: date, what: _Day, *, start: datetime, end: datetime) -> Iterator[Slot]:
    at = start
    for opens, closes in _open(calendar, day, what.hours, start=start, end=end):
        if at < opens:
            yield Slot(at, opens, SegmentKind.OUT_OF_HOURS, NOTHING, "")
        yield Slot(opens, closes, SegmentKind.COUNTED, closes - opens, what.note)
        at = closes
    if at < end:
        yield Slot(at, end, SegmentKind.OUT_OF_HOURS, NOTHING, "")


def _open(
    calendar: Calendar, day: date, hours: tuple[Hours, ...], *, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The spans (from, to) in which local time shows an open hour: none in skipped hours, two if an hour repeats."""
    for piece in pieces(calendar.zone, day, start=start, end=end):
        for one in hours:
            opens = max(piece.start, piece.midnight + timedelta(minutes=one.opens))
            closes = piece.midnight + timedelta(minutes=one.closes)
            # Open to midnight is open until the next day starts, also where midnight is skipped or comes twice.
            closes = piece.end if one.closes == MINUTES_PER_DAY else min(piece.end, closes)
            if opens < closes:
                yield opens, closes


_COUNTED_DAY = _Day(SegmentKind.COUNTED, "", ())
