"""Rules and calendars are data: they survive storage, and nonsense is refused when it is read."""

import subprocess
import sys
from datetime import date, timedelta

import msgspec
import pytest

from libs.deadlines import (
    Allowance,
    BusinessTime,
    Calendar,
    CalendarDays,
    CalendarMonths,
    ElapsedTime,
    Holiday,
    Hours,
    Rule,
    Workday,
    WorkingDays,
    national_calendar,
    round_the_clock,
)
from tests.unit.libs.deadlines.local import OFFICE, office

WRITTEN: list[tuple[Allowance, bytes]] = [
    (ElapsedTime(hours=72), b'{"unit":"ELAPSED_TIME","hours":72,"minutes":0}'),
    (BusinessTime(minutes=30), b'{"unit":"BUSINESS_TIME","hours":0,"minutes":30}'),
    (WorkingDays(days=10), b'{"unit":"WORKING_DAYS","days":10}'),
    (CalendarDays(days=45), b'{"unit":"CALENDAR_DAYS","days":45,"roll_forward":false}'),
    (CalendarMonths(months=1), b'{"unit":"CALENDAR_MONTHS","months":1,"roll_forward":true}'),
]


@pytest.mark.parametrize(("allowance", "written"), WRITTEN)
def test_a_rule_is_stored_with_its_unit_by_name(allowance: Allowance, written: bytes) -> None:
    stored = Rule("gdpr-answer", 2, allowance)
    raw = msgspec.json.encode(stored)
    assert raw == b'{"id":"gdpr-answer","version":2,"allowance":' + written + b"}"
    assert msgspec.json.decode(raw, type=Rule) == stored


def test_a_calendar_is_stored_whole() -> None:
    stored = Calendar(
        id="cn-support",
        version=4,
        time_zone="Asia/Shanghai",
        weekly=(OFFICE,) * 5 + ((), (Hours(600, 720), Hours(780, 840))),
        country="CN",
        extra_holidays=(Holiday(date(2026, 3, 9), "stock-taking"),),
        extra_workdays=(Workday(date(2026, 3, 7), "fair", (Hours(480, 1200),)),),
    )
    again = msgspec.json.decode(msgspec.json.encode(stored), type=Calendar)
    assert (again, hash(again)) == (stored, hash(stored))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"unit":"ELAPSED_TIME"}',
        b'{"unit":"ELAPSED_TIME","hours":-1,"minutes":90}',
        b'{"unit":"ELAPSED_TIME","hours":175681}',
        b'{"unit":"BUSINESS_TIME","minutes":0}',
        b'{"unit":"BUSINESS_TIME","days":3}',
        b'{"unit":"WORKING_DAYS","days":0}',
        b'{"unit":"WORKING_DAYS","days":7321}',
        b'{"unit":"CALENDAR_DAYS","days":-1}',
        b'{"unit":"CALENDAR_MONTHS","months":0}',
        b'{"unit":"FORTNIGHTS","days":1}',
    ],
)
def test_an_allowance_out_of_bounds_is_refused_when_read(raw: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Allowance)


def test_hours_and_minutes_add_up() -> None:
    assert BusinessTime(hours=1, minutes=90).span == timedelta(hours=2, minutes=30)


def test_hours_of_a_day_are_within_it_and_in_order() -> None:
    for opens, closes in ((-1, 60), (60, 60), (61, 60), (0, 1441)):
        with pytest.raises(ValueError, match="minutes of a day"):
            Hours(opens, closes)
    for hours in ((Hours(0, 60), Hours(59, 90)), (Hours(600, 660), Hours(0, 60))):
        with pytest.raises(ValueError, match="overlap"):
            office("UTC", hours=hours)
        with pytest.raises(ValueError, match="overlap"):
            Workday(date(2026, 1, 1), hours=hours)


def test_a_calendar_that_cannot_be_counted_by_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 7 weekdays"):
        Calendar(id="x", version=1, time_zone="UTC", weekly=(OFFICE,) * 6)
    with pytest.raises(ValueError, match="at least one"):
        Calendar(id="x", version=1, time_zone="UTC", weekly=((),) * 7)
    for zone in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(ValueError, match="is not a time zone"):
            office(zone)
    day = date(2026, 5, 4)
    with pytest.raises(ValueError, match="twice"):
        msgspec.structs.replace(
            office("UTC"), extra_holidays=(Holiday(day, "day off"),), extra_workdays=(Workday(day, "day on"),)
        )


def test_a_national_calendar_has_the_weekend_of_its_country() -> None:
    def worked(calendar: Calendar) -> list[bool]:
        return [bool(hours) for hours in calendar.weekly]

    assert worked(national_calendar("DE", "Europe/Berlin")) == [True] * 5 + [False] * 2
    assert worked(national_calendar("SA", "Asia/Riyadh")) == [True] * 4 + [False] * 2 + [True]
    assert national_calendar("DE", "Europe/Berlin", subdivision="BY").id == "de-by"
    assert all(worked(round_the_clock()))


def test_nothing_loads_the_list_of_holidays_before_a_calendar_names_a_country() -> None:
    program = """
import sys
from datetime import UTC, datetime
from libs.deadlines import BusinessTime, Rule, explain, round_the_clock
explain(Rule("r", 1, BusinessTime(hours=4)), round_the_clock(), start=datetime(2026, 1, 1, tzinfo=UTC))
sys.exit("holidays" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=30).returncode == 0
