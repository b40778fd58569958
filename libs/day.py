"""Which days a caller may name as the day of something.

One rule for all services, also for imports: such a day is after 1970-01-01. That day and earlier ones are what other
systems write where they know none (0001-01-01, 1753-01-01, 1899-12-30, 1900-01-01, 1970-01-01). Filters may name any
day.
"""

from collections.abc import Iterator
from datetime import date

from libs.errors import Violation

FIRST_DAY = date(1970, 1, 2)


def first_day_violations(field: str, day: date | None) -> Iterator[Violation]:
    """An OUT_OF_RANGE for a day before FIRST_DAY; nothing for None."""
    if day is not None and day < FIRST_DAY:
        yield Violation(field, f"is {day}, before the first accepted day, {FIRST_DAY}", "OUT_OF_RANGE")
