"""Retention periods in calendar months and days."""

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from libs.country import time_zone_of
from libs.deadlines import day_start
from libs.deadlines.zones import DAY, local_date

MONTHS_PER_YEAR = 12
LAST_ZONE = "Etc/GMT+12"  # where a day ends last, for rows without a country
_YEAR_END = " from the end of the year"
_MONTHS = {"month": 1, "year": MONTHS_PER_YEAR}


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A length of time. from_year_end: it starts at the end of the calendar year. A period of nothing ends at the
    instant at which it starts."""

    months: int = 0
    days: int = 0
    from_year_end: bool = False

    @classmethod
    def read(cls, text: str) -> "Period":
        """The period that `8 years from the end of the year`, `24 months`, `90 days` or nothing stands for; ValueError
        if the text is none."""
        if not text:
            return cls()
        from_year_end, words = text.endswith(_YEAR_END), text.removesuffix(_YEAR_END).split()
        if len(words) != 2 or not words[0].isdecimal():
            raise ValueError(f"{text!r} is no period")
        number, unit = int(words[0]), words[1].removesuffix("s")
        if unit == "day":
            return cls(days=number, from_year_end=from_year_end)
        if unit not in _MONTHS:
            raise ValueError(f"{text!r} is no period")
        return cls(months=number * _MONTHS[unit], from_year_end=from_year_end)


def end_of(period: Period, start: date, country: str) -> datetime:
    """The first instant after the period, in UTC: the start of the local day after its last one, in the main time zone
    of the country. start: an instant, or a local day. The day of the start does not count; a day that a month lacks is
    its last one."""
    zone = ZoneInfo(time_zone_of(country, LAST_ZONE))
    if isinstance(start, datetime):
        if period == Period():
            return start
        first = local_date(zone, start)
    else:
        first = start
    if period.from_year_end:
        first = date(first.year, MONTHS_PER_YEAR, 31)
    years, month = divmod(first.month - 1 + period.months, MONTHS_PER_YEAR)
    year = first.year + years
    last = date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])) + period.days * DAY
    return day_start(zone, last + DAY)
