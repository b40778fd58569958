"""Computes every deadline of the product with its explanation, by one pure function; see README.md."""

from libs.deadlines.allowances import (
    Allowance,
    BusinessTime,
    CalendarDays,
    CalendarMonths,
    ElapsedTime,
    Rule,
    WorkingDays,
)
from libs.deadlines.calendars import (
    OFFICE_HOURS,
    Calendar,
    Holiday,
    Hours,
    Workday,
    business_calendar,
    national_calendar,
    round_the_clock,
)
from libs.deadlines.courses import Pause, months_later
from libs.deadlines.explanation import Deadline, Segment, due_at, elapsed, explain, percent_used
from libs.deadlines.months import DeadlineOutOfRange, preload
from libs.deadlines.national import HolidaysUnknown
from libs.deadlines.slots import SegmentKind
from libs.deadlines.zones import day_start

__all__ = [
    "OFFICE_HOURS",
    "Allowance",
    "BusinessTime",
    "Calendar",
    "CalendarDays",
    "CalendarMonths",
    "Deadline",
    "DeadlineOutOfRange",
    "ElapsedTime",
    "Holiday",
    "HolidaysUnknown",
    "Hours",
    "Pause",
    "Rule",
    "Segment",
    "SegmentKind",
    "Workday",
    "WorkingDays",
    "business_calendar",
    "day_start",
    "due_at",
    "elapsed",
    "explain",
    "months_later",
    "national_calendar",
    "percent_used",
    "preload",
    "round_the_clock",
]
