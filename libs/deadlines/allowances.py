"""Allowances (how long somebody has) as data: five units that must not be confused, and the rule that has one.

A month is not thirty days, a working day is not eight hours, and 72 hours do not care about the night. Each unit is a
tagged struct (`{"unit": "WORKING_DAYS", "days": 10}`), so that a policy can be stored, versioned and sent.
"""

from datetime import timedelta

import msgspec

HOURS_LIMIT = 20 * 366 * 24
DAYS_LIMIT = 20 * 366
MONTHS_LIMIT = 20 * 12


def _unit_of(name: str) -> str:
    return "".join("_" + letter if letter.isupper() else letter for letter in name).lstrip("_").upper()


class _Unit(msgspec.Struct, frozen=True, kw_only=True, tag_field="unit", tag=_unit_of, forbid_unknown_fields=True):
    """The common encoding of the units: a struct tagged with `unit`."""


class _Time(_Unit, frozen=True):
    hours: int = 0
    minutes: int = 0

    def __post_init__(self) -> None:
        if min(self.hours, self.minutes) < 0 or not 0 < self.minutes + 60 * self.hours <= 60 * HOURS_LIMIT:
            raise ValueError(f"{self.hours} h {self.minutes} min is not between a minute and {HOURS_LIMIT} hours")

    @property
    def span(self) -> timedelta:
        """Hours and minutes together."""
        return timedelta(hours=self.hours, minutes=self.minutes)


class ElapsedTime(_Time, frozen=True):
    """Hours and minutes as they pass, day and night (72 h to report a breach); `hours` and `minutes` add up."""


class BusinessTime(_Time, frozen=True):
    """Hours and minutes in which the calendar is open (4 h to a first response); `hours` and `minutes` add up."""


class WorkingDays(_Unit, frozen=True):
    """Working days of the calendar; the day of the start is not counted, the last day counts to its end."""

    days: int

    def __post_init__(self) -> None:
        _require(self.days, "working days", least=1, most=DAYS_LIMIT)


class CalendarDays(_Unit, frozen=True):
    """Days of any kind; the day of the start is not counted, the last day counts to its end. 0 is the same day.

    roll_forward: if the last day is not a working day of the calendar, the deadline is the end of the next one.
    """

    days: int
    roll_forward: bool = False

    def __post_init__(self) -> None:
        _require(self.days, "calendar days", least=0, most=DAYS_LIMIT)


class CalendarMonths(_Unit, frozen=True):
    """Until the end of the day with the same number so many months later, or of that month's last day if it has none.

    roll_forward as with CalendarDays; both together are Regulation (EEC) 1182/71, by which the GDPR counts.
    """

    months: int
    roll_forward: bool = True

    def __post_init__(self) -> None:
        _require(self.months, "months", least=1, most=MONTHS_LIMIT)


Allowance = ElapsedTime | BusinessTime | WorkingDays | CalendarDays | CalendarMonths


class Rule(msgspec.Struct, frozen=True):
    """A versioned rule with an allowance; a change is a new version, and the old version stays."""

    id: str
    version: int
    allowance: Allowance


def _require(value: int, what: str, *, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{value} {what} are not between {least} and {most}")
