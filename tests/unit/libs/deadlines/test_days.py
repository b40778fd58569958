"""Working days, calendar days and months: cases worked out by hand, among them those of the privacy statutes."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest

from libs.deadlines import (
    Allowance,
    BusinessTime,
    Calendar,
    CalendarDays,
    CalendarMonths,
    ElapsedTime,
    Pause,
    WorkingDays,
    due_at,
    elapsed,
    explain,
    national_calendar,
    percent_used,
)
from tests.unit.libs.deadlines.local import always, office, rule, told, wall

DAY = timedelta(days=1)
ZONES = {
    "BR": "America/Sao_Paulo",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "GB": "Europe/London",
    "RU": "Europe/Moscow",
    "SA": "Asia/Riyadh",
    "US": "America/Los_Angeles",
    "VN": "Asia/Ho_Chi_Minh",
}


def calendar_of(country: str) -> Calendar:
    return national_calendar(country, ZONES[country], subdivision={"GB": "ENG", "US": "CA"}.get(country, ""))


def last_day(allowance: Allowance, calendar: Calendar, start: datetime, pauses: Iterable[Pause] = ()) -> date:
    """The day a deadline falls on; checks that it is over when that day is."""
    found = explain(rule(allowance), calendar, start=start, pauses=tuple(pauses))
    assert found.last_day is not None
    assert found.due == wall(calendar.time_zone, f"{found.last_day + DAY} 00:00")
    return found.last_day


CASES: list[tuple[str, str, Allowance, str, str]] = [
    # Thursday; Friday and Saturday are the weekend
    ("SA", "2026-01-15 16:00", WorkingDays(days=2), "2026-01-19", "two working days"),
    # Eid al-Fitr Thursday to Tuesday, observed days included
    ("SA", "2026-03-17 08:00", WorkingDays(days=2), "2026-03-25", "two working days round a feast"),
    ("CN", "2025-09-26 12:00", WorkingDays(days=5), "2025-10-10", "make-up Sunday, then eight days off"),
    ("CN", "2026-02-12 09:00", WorkingDays(days=3), "2026-02-24", "make-up Saturday, then nine days off"),
    ("CN", "2025-09-26 12:00", WorkingDays(days=15), "2025-10-23", "the house limit; Saturday 11 October is worked"),
    ("RU", "2026-04-27 12:00", WorkingDays(days=10), "2026-05-13", "May days; 9 May moved to Monday"),
    ("US", "2026-11-23 09:00", WorkingDays(days=10), "2026-12-09", "Thanksgiving and, in California, the day after"),
    ("VN", "2026-08-28 10:00", WorkingDays(days=2), "2026-09-04", "two days for National Day and its bridge"),
    ("BR", "2026-02-10 10:00", CalendarDays(days=15), "2026-02-25", "carnival does not matter to calendar days"),
    ("US", "2026-11-23 09:00", CalendarDays(days=45), "2027-01-07", "45 days from receipt"),
    ("SA", "2026-01-14 09:00", CalendarDays(days=30), "2026-02-13", "30 days, on a Friday"),
    ("SA", "2026-01-14 09:00", CalendarDays(days=30, roll_forward=True), "2026-02-15", "rolled to Sunday"),
    ("DE", "2026-06-02 09:00", CalendarDays(days=0), "2026-06-02", "the same day"),
    ("DE", "2026-10-03 09:00", CalendarDays(days=0, roll_forward=True), "2026-10-05", "the same day, on a holiday"),
    # one month: same day number, clamped, rolled
    ("DE", "2026-01-29 09:00", CalendarMonths(months=1), "2026-03-02", "28 February is a Saturday"),
    ("DE", "2026-01-30 09:00", CalendarMonths(months=1), "2026-03-02", "clamped, then Saturday"),
    ("DE", "2026-01-31 09:00", CalendarMonths(months=1), "2026-03-02", "clamped, then Saturday"),
    ("DE", "2026-02-01 09:00", CalendarMonths(months=1), "2026-03-02", "1 March is a Sunday"),
    ("DE", "2026-02-28 09:00", CalendarMonths(months=1), "2026-03-30", "not the end of March, but Saturday the 28th"),
    ("DE", "2024-01-31 09:00", CalendarMonths(months=1), "2024-02-29", "a leap year"),
    ("DE", "2026-03-31 09:00", CalendarMonths(months=1), "2026-04-30", "a month of 30 days"),
    ("DE", "2026-03-05 09:00", CalendarMonths(months=1), "2026-04-07", "Easter Sunday, then Easter Monday"),
    ("DE", "2026-11-25 09:00", CalendarMonths(months=1), "2026-12-28", "Christmas, Second Day, Sunday"),
    ("DE", "2025-11-30 09:00", CalendarMonths(months=3), "2026-03-02", "a month extended by two, over the year's end"),
    ("DE", "2026-01-30 09:00", CalendarMonths(months=1, roll_forward=False), "2026-02-28", "a Saturday all the same"),
    # the guidelines of the European Data Protection Board name these two
    ("DE", "2025-03-05 09:00", CalendarMonths(months=1, roll_forward=False), "2025-04-05", "5 March to 5 April"),
    ("DE", "2026-08-31 09:00", CalendarMonths(months=1), "2026-09-30", "no 31 September"),
    # it is already March in Berlin, and still February in UTC
    ("DE", "2026-03-01 00:30", CalendarMonths(months=1), "2026-04-01", "the day number is the local one"),
    ("DE", "2026-04-01 09:00", CalendarMonths(months=1), "2026-05-04", "Labour Day, then a weekend"),
]


@pytest.mark.parametrize(("country", "start", "allowance", "last", "case"), CASES)
def test_days_and_months_end_with_their_last_day(
    country: str, start: str, allowance: Allowance, last: str, case: str
) -> None:
    calendar = calendar_of(country)
    assert last_day(allowance, calendar, wall(calendar.time_zone, start)).isoformat() == last, case


def test_thirty_days_run_late_for_receipts_from_30_january_to_28_february() -> None:
    calendar, day, late = always("Europe/Berlin"), date(2026, 1, 1), []
    while day.year == 2026:
        noon = wall("Europe/Berlin", f"{day} 12:00")
        month = last_day(CalendarMonths(months=1, roll_forward=False), calendar, noon)
        if last_day(CalendarDays(days=30), calendar, noon) > month:
            late.append(day)
        day += DAY
    assert late == [date(2026, 1, 30) + n * DAY for n in range(30)]


def test_a_deadline_that_rolls_forward_says_why() -> None:
    calendar = calendar_of("DE")
    found = explain(rule(CalendarMonths(months=1)), calendar, start=wall("Europe/Berlin", "2026-11-25 09:00"))
    assert told(found, "Europe/Berlin") == [
        ("11-26 00:00", "FIRST_DAY", "0", ""),
        ("12-26 00:00", "COUNTED", "720", ""),
        ("12-29 00:00", "ROLLED_FORWARD", "0", "2026-12-25 is Christmas Day"),
    ]
    found = explain(rule(CalendarMonths(months=1)), calendar, start=wall("Europe/Berlin", "2026-01-30 09:00"))
    assert found.segments[-1].note == "2026-02-28 is weekend"


def test_working_days_are_explained_day_by_day() -> None:
    start = wall("Asia/Shanghai", "2025-09-26 12:00")
    found = explain(rule(WorkingDays(days=5)), calendar_of("CN"), start=start)
    assert told(found, "Asia/Shanghai") == [
        ("09-27 00:00", "FIRST_DAY", "0", ""),
        ("09-28 00:00", "WEEKEND", "0", ""),
        ("09-29 00:00", "COUNTED", "24", "make-up working day"),
        ("10-01 00:00", "COUNTED", "48", ""),
        ("10-04 00:00", "HOLIDAY", "0", "National Day"),
        ("10-06 00:00", "WEEKEND", "0", ""),
        ("10-07 00:00", "HOLIDAY", "0", "Mid-Autumn Festival"),
        ("10-08 00:00", "HOLIDAY", "0", "Day off (substituted from 09/28/2025)"),
        ("10-09 00:00", "HOLIDAY", "0", "Day off (substituted from 10/11/2025)"),
        ("10-11 00:00", "COUNTED", "48", ""),
    ]


def test_the_clock_stops_for_each_day_that_ends_while_information_is_awaited() -> None:
    calendar, start = calendar_of("GB"), wall("Europe/London", "2025-09-03 10:00")
    asked = [Pause(wall("Europe/London", "2025-09-06 16:00"), wall("Europe/London", "2025-09-08 09:00"))]
    month = CalendarMonths(months=1, roll_forward=False)
    assert last_day(month, calendar, start) == date(2025, 10, 3)
    assert last_day(month, calendar, start, asked) == date(2025, 10, 5)
    assert last_day(CalendarMonths(months=1), calendar, start, asked) == date(2025, 10, 6)
    found = explain(rule(month), calendar, start=start, pauses=asked)
    assert told(found, "Europe/London") == [
        ("09-04 00:00", "FIRST_DAY", "0", ""),
        ("09-06 00:00", "COUNTED", "48", ""),
        ("09-08 00:00", "PAUSED", "0", ""),
        ("10-06 00:00", "COUNTED", "672", ""),
    ]


def test_a_question_answered_the_same_day_costs_nothing() -> None:
    calendar, start = calendar_of("GB"), wall("Europe/London", "2025-09-03 10:00")
    asked = [Pause(wall("Europe/London", "2025-09-06 00:00"), wall("Europe/London", "2025-09-06 23:59"))]
    assert explain(rule(WorkingDays(days=5)), calendar, start=start, pauses=asked) == explain(
        rule(WorkingDays(days=5)), calendar, start=start
    )


def test_an_open_question_leaves_the_days_that_remain() -> None:
    calendar, start = calendar_of("GB"), wall("Europe/London", "2025-09-03 10:00")
    asked = [Pause(wall("Europe/London", "2025-09-06 16:00"))]
    found = explain(rule(CalendarMonths(months=1)), calendar, start=start, pauses=asked)
    assert (found.due, found.last_day, found.remaining) == (None, None, 28 * DAY)
    assert found.segments[-1].end == wall("Europe/London", "2025-09-06 00:00")


def test_a_day_to_roll_forward_to_is_not_paused() -> None:
    calendar, start = calendar_of("DE"), wall("Europe/Berlin", "2026-01-30 09:00")
    asked = [Pause(wall("Europe/Berlin", "2026-03-01 12:00"))]
    assert last_day(CalendarMonths(months=1), calendar, start, asked) == date(2026, 3, 2)


def test_a_breach_notice_is_due_after_72_hours_whatever_day_that_is() -> None:
    start = wall("Europe/Berlin", "2026-12-24 15:30")
    found = explain(rule(ElapsedTime(hours=72)), calendar_of("DE"), start=start)
    assert (found.due, found.last_day) == (wall("Europe/Berlin", "2026-12-27 15:30"), None)


def test_days_warn_at_a_day_s_end_and_roll_only_at_the_last() -> None:
    calendar, asked = calendar_of("DE"), rule(CalendarMonths(months=1))
    start = wall("Europe/Berlin", "2026-01-30 09:00")
    steps = {percent: due_at(asked, calendar, start=start, percent=percent) for percent in (75, 99, 100, 110)}
    assert steps == {
        75: wall("Europe/Berlin", "2026-02-22 00:00"),
        99: wall("Europe/Berlin", "2026-03-01 00:00"),
        100: wall("Europe/Berlin", "2026-03-03 00:00"),
        110: wall("Europe/Berlin", "2026-03-06 00:00"),
    }
    for percent, at in steps.items():
        assert at is not None
        assert percent_used(asked, calendar, start=start, until=at) >= percent
        assert percent_used(asked, calendar, start=start, until=at - timedelta(microseconds=1)) < percent
    assert elapsed(asked, calendar, start=start, until=wall("Europe/Berlin", "2026-03-02 12:00")) == 29 * DAY
    assert elapsed(asked, calendar, start=start, until=wall("Europe/Berlin", "2026-03-04 12:00")) == 30 * DAY


def test_the_same_day_is_used_up_when_it_is_over() -> None:
    calendar, asked = calendar_of("DE"), rule(CalendarDays(days=0))
    start, end = wall("Europe/Berlin", "2026-06-02 09:00"), wall("Europe/Berlin", "2026-06-03 00:00")
    assert due_at(asked, calendar, start=start, percent=75) == end
    assert percent_used(asked, calendar, start=start, until=start) == 0
    assert percent_used(asked, calendar, start=start, until=end) == 100


def test_a_day_that_a_zone_skipped_is_no_working_day() -> None:
    start = wall("Pacific/Apia", "2011-12-29 12:00")
    assert last_day(WorkingDays(days=1), office("Pacific/Apia"), start) == date(2012, 1, 2)
    assert last_day(WorkingDays(days=2), office("Pacific/Apia"), start - DAY) == date(2012, 1, 2)


def test_a_day_that_comes_back_over_midnight_is_over_once() -> None:
    # On 7 November 2010, one minute after midnight, St. John's went back to 23:01 of the day before.
    calendar = office("America/St_Johns", days=7)
    start = wall("America/St_Johns", "2010-11-06 23:30", fold=1)
    found = explain(rule(CalendarDays(days=1)), calendar, start=start)
    assert found.last_day == date(2010, 11, 7)
    assert found.segments[0].end - start == timedelta(minutes=30)
    # One year before, that was also the end of a month.
    start = wall("America/St_Johns", "2009-11-01 00:00")
    found = explain(rule(BusinessTime(hours=2)), always("America/St_Johns"), start=start)
    assert found.due == wall("America/St_Johns", "2009-11-01 01:00")
    assert told(found, "America/St_Johns") == [("11-01 01:00", "COUNTED", "2", "")]


def test_a_day_whose_first_hour_comes_twice_begins_with_the_first() -> None:
    # Havana goes back from one o'clock to midnight.
    found = explain(
        rule(CalendarDays(days=0)), always("America/Havana"), start=wall("America/Havana", "2024-11-02 12:00")
    )
    assert found.due == wall("America/Havana", "2024-11-03 00:00", fold=0)
    assert found.due != wall("America/Havana", "2024-11-03 00:00", fold=1)


def test_a_pause_after_the_same_day_changes_nothing() -> None:
    calendar, asked = calendar_of("DE"), rule(CalendarDays(days=0))
    start = wall("Europe/Berlin", "2026-06-02 09:00")
    next_day = Pause(wall("Europe/Berlin", "2026-06-03 00:00"), wall("Europe/Berlin", "2026-06-05 00:00"))
    assert explain(asked, calendar, start=start, pauses=[next_day]) == explain(asked, calendar, start=start)
