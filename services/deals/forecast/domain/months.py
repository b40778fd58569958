"""Calendar months, counted from the year 0."""

from calendar import monthrange
from datetime import date

MONTHS_A_QUARTER = 3


def month_of(day: date) -> int:
    """The number of the month of a day."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def day_in(month: int, day: int) -> date:
    """That day of a month, or its last day if it has no such day."""
    year, number = month // 12, month % 12 + 1
    return date(year, number, min(day, monthrange(year, number)[1]))


def named(month: int) -> str:
    """The month as `2026-11`."""
    return f"{first_of(month):%Y-%m}"
