"""Calendar months counted one at a time, as the rules under test do not count them."""

from calendar import monthrange
from datetime import date, timedelta

DECEMBER = 12


def months_on(day: date, months: int) -> date:
    """The same day of the month so many months later; where the month has no such day, its last."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == DECEMBER else (year, month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def years_done(since: date, on: date) -> int:
    """How many anniversaries there were."""
    years = 0
    while months_on(since, 12 * (years + 1)) <= on:
        years += 1
    return years


def end_of_month(day: date) -> date:
    """The last day of its month."""
    while (day + timedelta(days=1)).month == day.month:
        day += timedelta(days=1)
    return day
