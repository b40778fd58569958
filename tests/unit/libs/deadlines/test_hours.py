"""Elapsed and business time: cases worked out by hand, country by country, and over changes of the clock."""

from datetime import date, timedelta

import msgspec
import pytest

from libs.deadlines import (
    BusinessTime,
    Calendar,
    ElapsedTime,
    Holiday,
    Hours,
    Pause,
    Workday,
    due_at,
    elapsed,
    explain,
    national_calendar,
    percent_used,
)
from tests.unit.libs.deadlines.local import HOUR, always, office, rule, told, wall

NOTHING = timedelta()
LUNCH = (Hours(9 * 60, 12 * 60), Hours(13 * 60, 17 * 60))
NIGHT = (Hours(0, 6 * 60), Hours(22 * 60, 24 * 60))

NATIONAL = [
    # Saturday 3 October is the German Unity Day, but a weekend anyway
    ("DE", "Europe/Berlin", "2026-10-02 15:00", 4, "2026-10-05 11:00"),
    # Good Friday and Easter Monday
    ("DE", "Europe/Berlin", "2026-04-02 16:30", 1, "2026-04-07 09:30"),
    # Friday and Saturday are the weekend
    ("SA", "Asia/Riyadh", "2026-01-15 16:00", 2, "2026-01-18 10:00"),
    # Founding Day on Sunday after such a weekend
    ("SA", "Asia/Riyadh", "2026-02-19 16:00", 2, "2026-02-23 10:00"),
    # Saturday 14 February makes up for the Spring Festival
    ("CN", "Asia/Shanghai", "2026-02-13 16:00", 2, "2026-02-14 10:00"),
    # and after it nine days are off
    ("CN", "Asia/Shanghai", "2026-02-14 16:00", 2, "2026-02-24 10:00"),
    # Independence Day on a Thursday
    ("NG", "Africa/Lagos", "2026-09-30 16:45", 1, "2026-10-02 09:45"),
    # 4 July is a Saturday, observed on Friday
    ("US", "America/New_York", "2026-07-02 16:00", 2, "2026-07-06 10:00"),
    # half an hour off the hour; Republic Day on a Monday
    ("IN", "Asia/Kolkata", "2026-01-23 16:30", 1, "2026-01-27 09:30"),
]

PLAIN = [
    ("a morning before opening counts from opening", LUNCH, "2026-06-01 07:00", 60, "2026-06-01 10:00"),
    ("lunch is left out", LUNCH, "2026-06-01 11:30", 60, "2026-06-01 13:30"),
    ("a full day is over when it closes", LUNCH, "2026-06-01 09:00", 420, "2026-06-01 17:00"),
    ("an evening counts from the next morning", LUNCH, "2026-06-01 17:00", 1, "2026-06-02 09:01"),
    ("a weekend counts from Monday", LUNCH, "2026-06-06 12:00", 30, "2026-06-08 09:30"),
    ("the last minute of a week is one", LUNCH, "2026-06-05 16:59", 2, "2026-06-08 09:01"),
    ("a night shift goes over midnight", NIGHT, "2026-06-01 23:00", 120, "2026-06-02 01:00"),
    ("and ends on Friday at midnight", NIGHT, "2026-06-05 23:00", 120, "2026-06-08 01:00"),
    ("a year is counted through", LUNCH, "2026-06-01 09:00", 60 * 7 * 261, "2027-05-31 17:00"),
]  # fmt: skip


@pytest.mark.parametrize(("country", "zone", "start", "hours", "due"), NATIONAL)
def test_business_hours_follow_the_country(country: str, zone: str, start: str, hours: int, due: str) -> None:
    calendar = national_calendar(country, zone)
    found = explain(rule(BusinessTime(hours=hours)), calendar, start=wall(zone, start))
    assert (found.due, found.last_day, found.remaining) == (wall(zone, due), None, NOTHING)


@pytest.mark.parametrize(("case", "hours", "start", "minutes", "due"), PLAIN)
def test_business_minutes_count_only_while_open(
    case: str, hours: tuple[Hours, ...], start: str, minutes: int, due: str
) -> None:
    calendar = office("Europe/Paris", hours=hours)
    found = due_at(rule(BusinessTime(minutes=minutes)), calendar, start=wall("Europe/Paris", start))
    assert found == wall("Europe/Paris", due), case


def test_every_stretch_is_explained_and_the_versions_are_named() -> None:
    calendar = national_calendar("CN", "Asia/Shanghai", version=7)
    found = explain(rule(BusinessTime(hours=15)), calendar, start=wall("Asia/Shanghai", "2026-02-13 16:00"))
    assert told(found, "Asia/Shanghai") == [
        ("02-13 17:00", "COUNTED", "1", ""),
        ("02-14 09:00", "OUT_OF_HOURS", "0", ""),
        ("02-14 17:00", "COUNTED", "8", "make-up working day"),
        ("02-15 00:00", "OUT_OF_HOURS", "0", ""),
        ("02-16 00:00", "WEEKEND", "0", ""),
        ("02-17 00:00", "HOLIDAY", "0", "Chinese New Year's Eve"),
        ("02-20 00:00", "HOLIDAY", "0", "Chinese New Year (Spring Festival)"),
        ("02-21 00:00", "HOLIDAY", "0", "Day off (substituted from 02/14/2026)"),
        ("02-23 00:00", "WEEKEND", "0", ""),
        ("02-24 00:00", "HOLIDAY", "0", "Day off (substituted from 02/28/2026)"),
        ("02-24 09:00", "OUT_OF_HOURS", "0", ""),
        ("02-24 15:00", "COUNTED", "6", ""),
    ]
    assert (found.rule, found.rule_version, found.calendar, found.calendar_version) == ("reply", 3, "cn", 7)
    assert (found.time_zone, found.holidays_edition.split()[0]) == ("Asia/Shanghai", "holidays")


def test_exceptions_of_a_calendar_win_over_week_and_country() -> None:
    calendar = msgspec.structs.replace(
        national_calendar("DE", "Europe/Berlin"),
        extra_holidays=(Holiday(date(2026, 12, 28), "works holiday"),),
        extra_workdays=(
            Workday(date(2026, 12, 24), "Christmas Eve", (Hours(9 * 60, 12 * 60),)),
            Workday(date(2026, 12, 26), "stock-taking"),
        ),
    )
    found = explain(rule(BusinessTime(hours=13)), calendar, start=wall("Europe/Berlin", "2026-12-24 10:00"))
    assert told(found, "Europe/Berlin") == [
        ("12-24 12:00", "COUNTED", "2", "Christmas Eve"),
        ("12-25 00:00", "OUT_OF_HOURS", "0", ""),
        ("12-26 00:00", "HOLIDAY", "0", "Christmas Day"),
        ("12-26 09:00", "OUT_OF_HOURS", "0", ""),
        ("12-26 17:00", "COUNTED", "8", "stock-taking"),
        ("12-27 00:00", "OUT_OF_HOURS", "0", ""),
        ("12-28 00:00", "WEEKEND", "0", ""),
        ("12-29 00:00", "HOLIDAY", "0", "works holiday"),
        ("12-29 09:00", "OUT_OF_HOURS", "0", ""),
        ("12-29 12:00", "COUNTED", "3", ""),
    ]


BERLIN, HOWE = "Europe/Berlin", "Australia/Lord_Howe"
SHIFT, GAP, FOLD = ((Hours(60, 300),), (Hours(150, 210),), (Hours(135, 165),))
CLOCK_CHANGES = [
    ("72 h over a spring night end an hour later by the wall",
     ElapsedTime(hours=72), always(BERLIN), BERLIN, "2026-03-27 10:00", 0, "2026-03-30 11:00", 0),
    ("72 h over an autumn night end an hour earlier",
     ElapsedTime(hours=72), always(BERLIN), BERLIN, "2026-10-23 10:00", 0, "2026-10-26 09:00", 0),
    ("hours that repeat are both counted around the clock",
     BusinessTime(hours=24), always(BERLIN), BERLIN, "2026-10-24 12:00", 0, "2026-10-25 11:00", 0),
    ("a shift of four hours has three where one is skipped",
     BusinessTime(hours=4), office(BERLIN, hours=SHIFT, days=7), BERLIN, "2026-03-29 00:00", 0, "2026-03-30 02:00", 0),
    ("and five where one repeats",
     BusinessTime(hours=5), office(BERLIN, hours=SHIFT, days=7), BERLIN, "2026-10-25 00:00", 0, "2026-10-25 05:00", 0),
    ("a shop that opens within the skipped hour opens when it is over",
     BusinessTime(minutes=40), office(BERLIN, hours=GAP, days=7), BERLIN, "2026-03-29 00:00", 0, "2026-03-30 02:40", 0),
    ("a shop open within the hour that repeats opens twice",
     BusinessTime(minutes=45), office(BERLIN, hours=FOLD, days=7), BERLIN, "2026-10-25 00:00", 0,
     "2026-10-25 02:30", 1),
    ("a start in the second pass of an hour is later than one in the first",
     BusinessTime(minutes=30), always(BERLIN), BERLIN, "2026-10-25 02:15", 1, "2026-10-25 02:45", 1),
    ("half an hour repeats on Lord Howe",
     BusinessTime(hours=3), office(HOWE, hours=SHIFT, days=7), HOWE, "2026-04-05 00:00", 0, "2026-04-05 03:30", 0),
    ("a day that starts at one, because midnight is skipped",
     BusinessTime(hours=2), office("America/Santiago", hours=(Hours(0, 120),), days=7), "America/Santiago",
     "2026-09-06 01:00", 0, "2026-09-07 01:00", 0),
]  # fmt: skip


@pytest.mark.parametrize(("case", "allowance", "calendar", "zone", "start", "first", "due", "second"), CLOCK_CHANGES)
def test_time_is_counted_by_what_the_wall_shows(
    case: str,
    allowance: ElapsedTime | BusinessTime,
    calendar: Calendar,
    zone: str,
    start: str,
    first: int,
    due: str,
    second: int,
) -> None:
    found = due_at(rule(allowance), calendar, start=wall(zone, start, fold=first))
    assert found == wall(zone, due, fold=second), case


def test_a_pause_moves_business_time_by_the_open_hours_in_it() -> None:
    zone = "Europe/Paris"
    pauses = [
        Pause(wall(zone, "2026-06-01 16:00"), wall(zone, "2026-06-02 10:00")),
        Pause(wall(zone, "2026-06-02 09:30"), wall(zone, "2026-06-02 11:00")),
        Pause(wall(zone, "2026-06-02 18:00"), wall(zone, "2026-06-03 08:00")),
        Pause(wall(zone, "2026-05-01 00:00"), wall(zone, "2026-06-01 15:30")),
    ]
    found = explain(rule(BusinessTime(hours=7)), office(zone), start=wall(zone, "2026-06-01 15:00"), pauses=pauses)
    assert told(found, zone) == [
        ("06-01 15:30", "PAUSED", "0", ""),
        ("06-01 16:00", "COUNTED", "0.5", ""),
        ("06-02 11:00", "PAUSED", "0", ""),
        ("06-02 17:00", "COUNTED", "6", ""),
        ("06-02 18:00", "OUT_OF_HOURS", "0", ""),
        ("06-03 08:00", "PAUSED", "0", ""),
        ("06-03 09:00", "OUT_OF_HOURS", "0", ""),
        ("06-03 09:30", "COUNTED", "0.5", ""),
    ]


def test_an_open_pause_leaves_no_instant_but_what_remains() -> None:
    zone, start = "Europe/Paris", wall("Europe/Paris", "2026-06-01 15:00")
    pauses = [
        Pause(wall(zone, "2026-06-02 10:00")),
        Pause(wall(zone, "2026-06-02 12:00"), wall(zone, "2026-06-03 12:00")),
    ]
    found = explain(rule(BusinessTime(hours=7)), office(zone), start=start, pauses=pauses)
    assert (found.due, found.remaining) == (None, 4 * HOUR)
    assert found.segments[-1].end == pauses[0].since
    assert due_at(rule(BusinessTime(hours=7)), office(zone), start=start, pauses=pauses) is None
    used = elapsed(rule(BusinessTime(hours=7)), office(zone), start=start, until=start + 90 * HOUR, pauses=pauses)
    assert used == 3 * HOUR


def test_a_pause_after_the_deadline_changes_nothing() -> None:
    zone, start = "Europe/Paris", wall("Europe/Paris", "2026-06-01 15:00")
    late = [Pause(wall(zone, "2026-06-01 17:00"))]
    asked = rule(BusinessTime(hours=2))
    assert explain(asked, office(zone), start=start, pauses=late) == explain(asked, office(zone), start=start)


def test_a_clock_that_starts_paused_has_everything_left() -> None:
    start = wall("UTC", "2026-06-01 15:00")
    found = explain(rule(ElapsedTime(hours=7)), always("UTC"), start=start, pauses=[Pause(start)])
    assert (found.due, found.remaining, found.segments) == (None, 7 * HOUR, ())


def test_a_make_up_day_has_the_hours_of_the_weekday_before_it() -> None:
    weekly = ((Hours(8 * 60, 18 * 60),), *((Hours(9 * 60, 17 * 60),),) * 3, (Hours(9 * 60, 12 * 60),), (), ())
    calendar = Calendar(id="x", version=1, time_zone="Asia/Shanghai", weekly=weekly, country="CN")
    due = {
        hours: due_at(rule(BusinessTime(hours=hours)), calendar, start=wall("Asia/Shanghai", "2025-09-26 11:00"))
        for hours in (1, 2, 4, 5)
    }
    # Sunday 28 September is a make-up day: three hours, like Friday.
    assert due == {
        1: wall("Asia/Shanghai", "2025-09-26 12:00"),
        2: wall("Asia/Shanghai", "2025-09-28 10:00"),
        4: wall("Asia/Shanghai", "2025-09-28 12:00"),
        5: wall("Asia/Shanghai", "2025-09-29 09:00"),
    }


def test_elapsed_stops_where_it_is_asked_whatever_pauses_follow() -> None:
    start = wall("UTC", "2026-06-01 09:00")
    later = [Pause(start + 5 * HOUR, start + 6 * HOUR)]
    found = [
        elapsed(rule(ElapsedTime(hours=9)), always("UTC"), start=start, until=start + n * HOUR, pauses=later)
        for n in range(8)
    ]
    assert found == [n * HOUR for n in (0, 1, 2, 3, 4, 5, 5, 6)]


def test_a_step_after_the_breach_counts_from_the_breach_on() -> None:
    start = wall("UTC", "2026-06-01 09:00")
    pauses = [Pause(start + HOUR, start + 2 * HOUR), Pause(start + 6 * HOUR, start + 8 * HOUR)]
    steps = [
        due_at(rule(ElapsedTime(hours=4)), always("UTC"), start=start, pauses=pauses, percent=percent)
        for percent in (100, 125, 150, 200)
    ]
    assert steps == [start + n * HOUR for n in (5, 6, 9, 11)]


def test_warnings_and_later_steps_are_instants_too() -> None:
    zone, asked = "Europe/Paris", rule(BusinessTime(hours=8))
    start = wall(zone, "2026-06-01 13:00")
    steps = {percent: due_at(asked, office(zone), start=start, percent=percent) for percent in (50, 75, 100, 150)}
    assert steps == {
        50: wall(zone, "2026-06-01 17:00"),
        75: wall(zone, "2026-06-02 11:00"),
        100: wall(zone, "2026-06-02 13:00"),
        150: wall(zone, "2026-06-02 17:00"),
    }
    at = wall(zone, "2026-06-02 11:00")
    assert percent_used(asked, office(zone), start=start, until=at) == 75
    assert percent_used(asked, office(zone), start=start, until=at - timedelta(microseconds=1)) == 74
    assert elapsed(asked, office(zone), start=start, until=wall(zone, "2026-06-03 13:00")) == 16 * HOUR
    assert elapsed(asked, office(zone), start=start, until=start - HOUR) == NOTHING
