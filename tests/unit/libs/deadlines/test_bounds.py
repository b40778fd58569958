"""What cannot be counted is refused with a reason, and nothing takes long."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from libs.deadlines import (
    Allowance,
    BusinessTime,
    Calendar,
    CalendarDays,
    CalendarMonths,
    DeadlineOutOfRange,
    Hours,
    Pause,
    WorkingDays,
    due_at,
    elapsed,
    explain,
    national_calendar,
    percent_used,
    preload,
)
from tests.unit.libs.deadlines.local import always, rule, wall

START = wall("UTC", "2026-06-01 09:00")
NAIVE = datetime(2026, 6, 1, 9)  # noqa: DTZ001  # what is to be refused
FOUR_HOURS = rule(BusinessTime(hours=4))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        explain(FOUR_HOURS, always("UTC"), start=NAIVE)
    with pytest.raises(ValueError, match="needs a time zone"):
        elapsed(FOUR_HOURS, always("UTC"), start=START, until=NAIVE)
    for since, until in ((NAIVE, START), (START, NAIVE)):
        with pytest.raises(ValueError, match="needs a time zone"):
            Pause(since, until)


def test_a_pause_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Pause(START, START - timedelta(microseconds=1))


def test_an_instant_no_calendar_covers_is_refused() -> None:
    for absurd in (datetime(1969, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        for asked in (FOUR_HOURS, rule(WorkingDays(days=1))):
            with pytest.raises(DeadlineOutOfRange):
                explain(asked, always("UTC"), start=absurd)
            with pytest.raises(DeadlineOutOfRange):
                percent_used(asked, always("UTC"), start=START, until=absurd)
            with pytest.raises(DeadlineOutOfRange):
                due_at(asked, always("UTC"), start=START, pauses=[Pause(absurd, absurd)])


def test_a_calendar_open_a_minute_a_week_reaches_no_deadline_in_centuries() -> None:
    seldom = Calendar(id="x", version=1, time_zone="UTC", weekly=((Hours(0, 1),), *((),) * 6))
    with pytest.raises(DeadlineOutOfRange):
        due_at(rule(BusinessTime(hours=400)), seldom, start=START)


def test_a_share_is_at_least_one_percent() -> None:
    with pytest.raises(ValueError, match="percent"):
        due_at(FOUR_HOURS, always("UTC"), start=START, percent=0)


@pytest.mark.parametrize(
    "allowance",
    [
        BusinessTime(hours=16),
        BusinessTime(hours=500),
        WorkingDays(days=15),
        CalendarDays(days=90),
        CalendarMonths(months=3),
    ],
)
def test_a_clock_costs_less_than_a_millisecond(allowance: Allowance) -> None:
    calendar, asked = national_calendar("DE", "Europe/Berlin"), rule(allowance)
    preload(calendar, year=2026)
    pauses = [Pause(START + timedelta(hours=n), START + timedelta(hours=n + 1)) for n in range(2, 40, 20)]
    best = 1.0
    for _ in range(20):
        began = perf_counter()
        explain(asked, calendar, start=START, pauses=pauses)
        best = min(best, perf_counter() - began)
    assert best < 0.001  # 20 to 200 us on a quiet machine; a walk by minutes would take a hundred times as long
