"""When a term ends, by walking day by day; it shares no code with libs.deadlines and asks `holidays` itself."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)


@cache
def is_worked(country: str, day: date) -> bool:
    """Whether people of this country work on a date; Monday to Friday for a country without a list."""
    if country not in holidays.list_supported_countries():
        return day.weekday() < 5
    known = holidays.country_holidays(country, years=day.year, expand=False)
    if day.weekday() in known.weekend:
        return day in known.weekend_workdays
    return day not in known


def ends(term: str, country: str, zone: str, received: datetime, extra: int = 0) -> datetime:
    """The instant, exclusive, at which a term of the table ends. extra: days for which the clock stood."""
    words = term.split()
    number, unit, rolled = (
        int(words[0]),
        " ".join(words[1:]).removesuffix(" rolled").removesuffix("s"),
        "rolled" in term,
    )
    if unit == "hour":
        return received + timedelta(hours=number)
    last = received.astimezone(ZoneInfo(zone)).date()
    if unit == "month":
        year, month = last.year + (last.month - 1 + number) // 12, (last.month - 1 + number) % 12 + 1
        last = date(year, month, min(last.day, monthrange(year, month)[1]))
    while unit != "month" and number:
        last += DAY
        number -= unit == "day" or is_worked(country, last)
    last += extra * DAY
    while rolled and not is_worked(country, last):
        last += DAY
    return _midnight_after(last, zone)


def _midnight_after(day: date, zone: str) -> datetime:
    """The first instant of the next day there, found by walking back from its noon."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC) + DAY
    while (at - timedelta(minutes=15)).astimezone(ZoneInfo(zone)).date() > day:
        at -= timedelta(minutes=15)
    return at
