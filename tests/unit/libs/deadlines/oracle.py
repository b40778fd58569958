"""The same answers by brute force: a walk minute by minute, or day by day, that shares no code with what it checks.

It asks the `holidays` library itself what is worked. Everything happens on whole minutes.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

from libs.deadlines import Calendar, Hours, Pause

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@lru_cache(maxsize=10_000)
def is_worked(calendar: Calendar, day: date) -> bool:
    """Whether the calendar works on a date."""
    if any(one.on == day for one in calendar.extra_workdays):
        return True
    if any(one.on == day for one in calendar.extra_holidays):
        return False
    country = _country(calendar.country, day.year)
    if not calendar.weekly[day.weekday()]:
        return country is not None and day in country.weekend_workdays
    return country is None or day not in country


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the wall shows an open minute."""
    wall = at.astimezone(ZoneInfo(calendar.time_zone))
    return any(one.opens <= wall.hour * 60 + wall.minute < one.closes for one in _hours(calendar, wall.date()))


@lru_cache(maxsize=10_000)
def _hours(calendar: Calendar, day: date) -> tuple[Hours, ...]:
    own = [one.hours for one in calendar.extra_workdays if one.on == day and one.hours]
    usual = [calendar.weekly[(day - back * DAY).weekday()] for back in range(7)]
    hours = own[0] if own else next(one for one in usual if one)
    return hours if is_worked(calendar, day) else ()


@cache
def _country(code: str, year: int) -> holidays.HolidayBase | None:
    return holidays.country_holidays(code, years=(year,)) if code else None


def stands(pauses: Sequence[Pause], at: datetime) -> bool:
    """Whether the clock stands still in the moment that begins here."""
    return any(one.since <= at and (one.until is None or at < one.until) for one in pauses)


def open_minutes(
    calendar: Calendar, start: datetime, minutes: int, pauses: Sequence[Pause], horizon: timedelta
) -> tuple[datetime | None, int]:
    """When so many open minutes have passed, else how many are missing at the horizon."""
    at, end = start, start + horizon
    while minutes and at < end:
        if is_open(calendar, at) and not stands(pauses, at):
            minutes -= 1
        at += MINUTE
    return (None, minutes) if minutes else (at, 0)


def days(
    calendar: Calendar, start: datetime, count: int, pauses: Sequence[Pause], *, working: bool
) -> tuple[date | None, int]:
    """The local date at whose end so many days have passed, else how many are missing after two years."""
    zone = ZoneInfo(calendar.time_zone)
    day = start.astimezone(zone).date()
    for _ in range(730):
        if not count:
            return day, 0
        day += DAY
        end = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        while end.astimezone(zone).date() <= day:
            end += MINUTE * 30
        if (is_worked(calendar, day) or not working) and not stands(pauses, end - MINUTE / 60):
            count -= 1
    return None, count
