"""A period ends at the start of the local day after its last one; the oracle walks day by day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.country import time_zone_of
from libs.retention import Period, end_of
from libs.retention.periods import LAST_ZONE

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
COUNTRIES = ("DE", "GB", "US", "CN", "BR", "IN", "NZ", "SA", "KZ", "EG", "CL", "WS", "")

EPOCH = datetime(1999, 1, 1, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(), timedelta(days=41 * 365)).map(lambda passed: EPOCH + passed)
PERIODS = st.builds(Period, months=st.integers(0, 40), days=st.integers(0, 400), from_year_end=st.booleans()).filter(
    lambda one: one != Period()
)


def months_later(day: date, months: int) -> date:
    """Day by day: the same number in the month so many further on, or the last day before that month ends."""
    passed, at = 0, day
    while passed < months:
        at += DAY
        passed += at.day == 1
    while at.day != day.day and months:
        if (at + DAY).day == 1:
            return at
        at += DAY
    return at


@given(INSTANTS, PERIODS, st.sampled_from(COUNTRIES))
def test_the_end_is_that_of_a_walk_over_the_days(start: datetime, period: Period, country: str) -> None:
    zone = ZoneInfo(time_zone_of(country, LAST_ZONE))
    first = start.astimezone(zone).date()
    while period.from_year_end and (first + DAY).year == first.year:
        first += DAY
    last = months_later(first, period.months)
    for _ in range(period.days):
        last += DAY
    end = end_of(period, start, country)
    assert (end - TICK).astimezone(zone).date() <= last < end.astimezone(zone).date()
    assert not any((end + hours * timedelta(hours=1)).astimezone(zone).date() <= last for hours in range(30))


@given(INSTANTS, st.sampled_from(COUNTRIES))
def test_a_period_of_nothing_ends_where_it_starts(start: datetime, country: str) -> None:
    assert end_of(Period(), start, country) == start


@pytest.mark.parametrize(
    ("text", "start", "country", "end"),
    [
        ("3 years", datetime(2024, 2, 29, 12, tzinfo=UTC), "DE", datetime(2027, 2, 28, 23, tzinfo=UTC)),
        ("4 years", datetime(2024, 2, 29, 12, tzinfo=UTC), "DE", datetime(2028, 2, 29, 23, tzinfo=UTC)),
        ("1 month", datetime(2026, 1, 31, 12, tzinfo=UTC), "GB", datetime(2026, 3, 1, tzinfo=UTC)),
        ("90 days", datetime(2026, 3, 1, 12, tzinfo=UTC), "DE", datetime(2026, 5, 30, 22, tzinfo=UTC)),
        ("8 years from the end of the year", date(2020, 1, 1), "DE", datetime(2028, 12, 31, 23, tzinfo=UTC)),
        # In China the new year has begun, and a further year of records with it.
        (
            "1 year from the end of the year",
            datetime(2020, 12, 31, 17, tzinfo=UTC),
            "CN",
            datetime(2022, 12, 31, 16, tzinfo=UTC),
        ),
        ("1 day", datetime(2020, 6, 1, 1, tzinfo=UTC), "", datetime(2020, 6, 2, 12, tzinfo=UTC)),
    ],
)
def test_known_ends(text: str, start: date, country: str, end: datetime) -> None:
    assert end_of(Period.read(text), start, country) == end


@pytest.mark.parametrize("text", ["8", "eight years", "1 week", "1 year from the end", "-1 days", "years 8"])
def test_a_text_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        Period.read(text)
