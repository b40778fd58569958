"""Calendar quarters, each named by its first day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.errors import Violation

MONTHS = 3
QUARTERS_OPENED = 8
_DAY = timedelta(days=1)


def quarter_of(day: date) -> date:
    """The first day of the quarter that a day is in."""
    return date(day.year, (day.month - 1) // MONTHS * MONTHS + 1, 1)


def months_after(month: date, count: int) -> date:
    """The first day of the month `count` months after that of `month`, before it if negative."""
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def next_quarter(quarter: date) -> date:
    """The first day of the quarter that follows."""
    return months_after(quarter, MONTHS)


def last_day_of(quarter: date) -> date:
    """The last day of a quarter."""
    return next_quarter(quarter) - _DAY


def quarters_until(first: date, today: date) -> tuple[date, ...]:
    """The quarters from `first` on that have ended by `today`, the last eight of them."""
    found = []
    while first <= today and next_quarter(first) <= today:
        found.append(first)
        first = next_quarter(first)
    return tuple(found[-QUARTERS_OPENED:])


def settled_at(quarter: date, days: int, time_zone: str) -> datetime:
    """The instant at which `days` days have passed since the end of a quarter, in a time zone (IANA name)."""
    midnight = datetime.combine(next_quarter(quarter) + timedelta(days=days), time(), ZoneInfo(time_zone))
    return midnight.astimezone(UTC)


def quarter_violations(field: str, day: date) -> Iterator[Violation]:
    """NOT_A_QUARTER unless the day is the first of a quarter."""
    if quarter_of(day) != day:
        yield Violation(field, f"{day} is not the first day of a quarter", "NOT_A_QUARTER")
