"""Public holidays and make-up working days of countries, year by year, from the `holidays` library.

The library is loaded at the first question, not at import: it costs a tenth of a second and ten megabytes, and a
process whose calendars name no country never needs it.
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
    """No holidays are known for a country or its subdivision; the calendar that names it is wrong."""

    code, reason = Code.FAILED_PRECONDITION, "HOLIDAYS_UNKNOWN"

    def __init__(self, country: str, subdivision: str) -> None:
        place = f"{country}-{subdivision}" if subdivision else country
        super().__init__(f"no holidays are known for {place}", country=country, subdivision=subdivision)


class NationalDays(NamedTuple):
    """A year of a country: names of its holidays by date, and days of its weekend that are worked instead of others."""

    holidays: Mapping[date, str]
    workdays: frozenset[date]


@lru_cache(maxsize=YEARS_CACHED)
def national_days(country: str, subdivision: str, language: str, year: int) -> NationalDays:
    """The days of one year; names in `language` (BCP 47) if the library has it, else in the country's own."""
    import holidays

    part = subdivision or None
    try:
        known = holidays.country_holidays(country, subdiv=part)
        spoken = _spoken(language, known.supported_languages, known.default_language)
        # It warns of years for which a country's movable days are not known; the fixed ones are all the same.
        with warnings.catch_warnings(action="ignore"):
            found = holidays.country_holidays(country, subdiv=part, years=year, expand=False, language=spoken)
    except NotImplementedError as err:
        raise HolidaysUnknown(country, subdivision) from err
    # Make-up days come for all years at once, so that one in December for a day off in January is among them.
    return NationalDays(dict(found), frozenset(day for day in found.weekend_workdays if day.year == year))


def _spoken(language: str, known: tuple[str, ...], default: str | None) -> str | None:
    """One of the languages a country's names are known in: the one asked for, else a kin of it, else the default.

    It is never left to the library, which would ask the environment for the language of the machine.
    """
    exact, kin = language.replace("-", "_"), language.replace("-", "_").split("_")[0]
    alike = [one for one in (default, *known) if one in known and one is not None and one.split("_")[0] == kin]
    return exact if exact in known else alike[0] if alike else default


@lru_cache(maxsize=COUNTRIES_CACHED)
def weekend_of(country: str) -> frozenset[int]:
    """Weekdays (Monday is 0) that are the country's weekend today."""
    import holidays

    try:
        return frozenset(holidays.country_holidays(country).weekend)
    except NotImplementedError as err:
        raise HolidaysUnknown(country, "") from err


@cache
def edition() -> str:
    """Which list of holidays is at work; another edition may know of other days."""
    return f"holidays {version('holidays')}"
