"""Public holidays and make-up working days of countries, year by year, from the `holidays` library.

The library is loaded at first use and not at import: it costs a tenth of a second and ten megabytes, and a process
whose calendars have no country never needs it.
"""

import warnings
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version
from typing import NamedTuple

from libs.errors import AppError, Code

YEARS_CACHED = 256
COUNTRIES_CACHED = 256


class HolidaysUnknown(AppError):
    """No holidays are known for a country or its subdivision, which a calendar names."""

    code, reason = Code.FAILED_PRECONDITION, "HOLIDAYS_UNKNOWN"

    def __init__(self, country: str, subdivision: str) -> None:
        place = f"{country}-{subdivision}" if subdivision else country
        super().__init__(f"no holidays are known for {place}", country=country, subdivision=subdivision)


class NationalDays(NamedTuple):
    """A year of a country: the names of its holidays by date, and its make-up days (weekend days that are worked)."""

    holidays: Mapping[date, str]
    workdays: frozenset[date]


@lru_cache(maxsize=YEARS_CACHED)
def national_days(country: str, subdivision: str, language: str, year: int) -> NationalDays:
    """The days of one year; names in `language` (BCP 47) if the library has it, else in the country's own.
    HolidaysUnknown."""
    import holidays

    part = subdivision or None
    try:
        known = holidays.country_holidays(country, subdiv=part)
        spoken = _spoken(language, known.supported_languages, known.default_language)
        # The library warns of years for which it does not know movable days; the fixed days are still right.
        with warnings.catch_warnings(action="ignore"):
            found = holidays.country_holidays(country, subdiv=part, years=year, expand=False, language=spoken)
    except NotImplementedError as err:
        raise HolidaysUnknown(country, subdivision) from err
    # `weekend_workdays` has the days of all years, so that one in December for a day off in January is not lost.
    return NationalDays(dict(found), frozenset(day for day in found.weekend_workdays if day.year == year))


def _spoken(language: str, known: tuple[str, ...], default: str | None) -> str | None:
    """One of the languages in which a country's names are known: `language`, else a variant of it, else the default.

    The choice is not left to the library, which would take the language of the machine from the environment.
    """
    exact, kin = language.replace("-", "_"), language.replace("-", "_").split("_")[0]
    alike = [one for one in (default, *known) if one in known and one is not None and one.split("_")[0] == kin]
    return exact if exact in known else alike[0] if alike else default


@lru_cache(maxsize=COUNTRIES_CACHED)
def weekend_of(country: str) -> frozenset[int]:
    """The weekdays (Monday is 0) of the country's present weekend; HolidaysUnknown."""
    import holidays

    try:
        return frozenset(holidays.country_holidays(country).weekend)
    except NotImplementedError as err:
        raise HolidaysUnknown(country, "") from err


@cache
def edition() -> str:
    """The name and version of the installed list of holidays; another edition may have other days."""
    return f"holidays {version('holidays')}"
