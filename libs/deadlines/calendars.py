"""Calendars of working time as data: time zone, weekly hours, holidays of the country, exceptions by date."""

from datetime import date
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from libs.country import time_zone_of
from libs.deadlines.national import HolidaysUnknown, weekend_of

MINUTES_PER_DAY = 24 * 60
DAYS_PER_WEEK = 7
EXCEPTIONS_PER_CALENDAR = 2_000
WEEKDAYS = 5
CALENDARS_CACHED = 64  # of 60 kB each; a cell has a few countries


class Hours(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Open from minute `opens` of the local day to minute `closes`, 1440 for its end. A night shift needs two of
    these."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_PER_DAY:
            raise ValueError(f"{self.opens} to {self.closes} are not minutes of a day in order")


OFFICE_HOURS = (Hours(9 * 60, 17 * 60),)


class Holiday(msgspec.Struct, frozen=True):
    """A day off that the country's list lacks, such as a company holiday or a day announced too late for the list."""

    on: date
    name: str


class Workday(msgspec.Struct, frozen=True):
    """A working day by exception, whatever week and country prescribe. Without own hours it has those of its weekday.

    If that weekday has none, it has those of the nearest earlier weekday with hours. Also used for a day cut short.
    """

    on: date
    name: str = ""
    hours: tuple[Hours, ...] = ()

    def __post_init__(self) -> None:
        _require_in_order(self.hours)


class Calendar(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A calendar. A change is a new version, so that a deadline can be explained by the version it was computed with.

    time_zone: IANA name. weekly: hours of each weekday, Monday first; a weekday without hours is weekend. country: ISO
    3166-1 alpha-2; its public holidays are days off, its make-up days are working days; empty for neither. subdivision:
    the part of ISO 3166-2 after the dash. language: of holiday names, BCP 47. extra_holidays, extra_workdays: override
    week and country.
    """

    id: str
    version: int
    time_zone: str
    weekly: tuple[tuple[Hours, ...], ...]
    country: str = ""
    subdivision: str = ""
    language: str = "en"
    extra_holidays: tuple[Holiday, ...] = ()
    extra_workdays: tuple[Workday, ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != DAYS_PER_WEEK or not any(self.weekly):
            raise ValueError(f"weekly needs {DAYS_PER_WEEK} weekdays, at least one of them with hours")
        for hours in self.weekly:
            _require_in_order(hours)
        exceptions = [one.on for one in self.extra_holidays] + [one.on for one in self.extra_workdays]
        if len(exceptions) != len(set(exceptions)) or len(exceptions) > EXCEPTIONS_PER_CALENDAR:
            raise ValueError(f"extra days name a day twice, or are more than {EXCEPTIONS_PER_CALENDAR}")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as err:
            raise ValueError(f"{self.time_zone!r} is not a time zone") from err

    @property
    def zone(self) -> ZoneInfo:
        """The time zone; the same object for the same name."""
        return ZoneInfo(self.time_zone)


def national_calendar(
    country: str,
    time_zone: str,
    *,
    hours: tuple[Hours, ...] = OFFICE_HOURS,
    subdivision: str = "",
    version: int = 1,
) -> Calendar:
    """A calendar with the country's working week, the same hours each working day, and its holidays; HolidaysUnknown
    for a country without a list."""
    weekend = weekend_of(country)
    return Calendar(
        id=f"{country}-{subdivision}".lower() if subdivision else country.lower(),
        version=version,
        time_zone=time_zone,
        weekly=tuple(() if weekday in weekend else hours for weekday in range(DAYS_PER_WEEK)),
        country=country,
        subdivision=subdivision,
    )


@lru_cache(maxsize=CALENDARS_CACHED)
def business_calendar(country: str, cell_time_zone: str, hours: tuple[Hours, ...] = OFFICE_HOURS) -> Calendar:
    """The national calendar of a country, in the cell's time zone if that is one of the country's, else in the
    country's own; Monday to Friday without holidays if the country's holidays are not known."""
    zone = time_zone_of(country, cell_time_zone)
    try:
        return national_calendar(country, zone, hours=hours)
    except HolidaysUnknown:
        weekly = tuple(hours if weekday < WEEKDAYS else () for weekday in range(DAYS_PER_WEEK))
        return Calendar(id="weekdays", version=1, time_zone=zone, weekly=weekly)


def round_the_clock(time_zone: str = "UTC") -> Calendar:
    """A calendar that is always open, without holidays."""
    return Calendar(id="24x7", version=1, time_zone=time_zone, weekly=((Hours(0, MINUTES_PER_DAY),),) * DAYS_PER_WEEK)


def _require_in_order(hours: tuple[Hours, ...]) -> None:
    if any(later.opens < earlier.closes for earlier, later in pairwise(hours)):
        raise ValueError("hours of a day overlap or are out of order")
