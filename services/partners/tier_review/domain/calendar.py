"""The months of a requirement's window, and the periods after which partners are reviewed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.partners.program.domain.program import Requirement, ReviewPeriod, WindowType

_DAY = timedelta(days=1)
_MONTHS = {WindowType.MONTH: 1, WindowType.QUARTER: 3, WindowType.YEAR: 12}


def first_day_of(requirement: Requirement, last: date) -> date | None:
    """The first day of the window that ends with `last`; None without a window."""
    if requirement.window is None:
        return None
    if requirement.window is WindowType.ROLLING_MONTHS:
        return _months_back(last, requirement.months - 1)
    return _begin(last, _MONTHS[requirement.window])


def last_day_of_period(every: ReviewPeriod, day: date) -> date:
    """The last day of the review period in which a day is."""
    begin = _begin(day, every.value)
    return _months_back(begin, -every.value) - _DAY


def last_complete_period(every: ReviewPeriod, today: date) -> date:
    """The last day of the latest review period that is over."""
    return _begin(today, every.value) - _DAY


def end_of(day: date, time_zone: str) -> datetime:
    """The instant at which a day ends in a time zone."""
    return start_of(day + _DAY, time_zone)


def start_of(day: date, time_zone: str) -> datetime:
    """The instant at which a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def day_of(at: datetime, time_zone: str) -> date:
    """The date of an instant in a time zone."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def _begin(day: date, months: int) -> date:
    """The first day of the calendar period of so many months in which a day is."""
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _months_back(day: date, months: int) -> date:
    """The first day of the month so many months before that of `day`."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
