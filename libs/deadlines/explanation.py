"""The function behind every deadline: when it is due, and which stretches of time lead to it.

`explain` returns both; `due_at`, `elapsed` and `percent_used` are the same computation without the segments. Nothing
here reads a clock: equal arguments give equal results as long as the lists of holidays and time zones do not change.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec

from libs.deadlines.allowances import Rule
from libs.deadlines.calendars import Calendar
from libs.deadlines.courses import Course, End, Pause, course_of, instant
from libs.deadlines.national import edition
from libs.deadlines.slots import NOTHING, SegmentKind, Slot
from libs.deadlines.zones import DAY, TICK, local_date

WHOLE_PERCENT = 100


class Segment(msgspec.Struct, frozen=True):
    """A stretch of one kind, in UTC, `end` exclusive.

    counted: how much of the allowance it used: real time for units of time; for days and months whole days, each as 24
    hours however long it was. note: the name of a holiday, a mark of a make-up day, or why it was rolled forward.
    """

    start: datetime
    end: datetime
    kind: SegmentKind
    counted: timedelta
    note: str = ""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """When something is due, and why.

    due: the deadline in UTC, exclusive; None while a pause is open. For days and months it is the midnight
    after `last_day`, the local date to show to people. remaining: what is left of the allowance when the open pause
    ends; nothing once `due` is known. segments: from start to due without gap or overlap, neighbours differ in kind or
    note; with an open pause they end where it begins. The versions say by what it was computed.
    """

    due: datetime | None
    last_day: date | None
    remaining: timedelta
    segments: tuple[Segment, ...]
    rule: str
    rule_version: int
    calendar: str
    calendar_version: int
    time_zone: str
    holidays_edition: str


def explain(rule: Rule, calendar: Calendar, *, start: datetime, pauses: Sequence[Pause] = ()) -> Deadline:
    """The deadline of what starts at `start`, with its segments.

    ValueError for a naive instant, DeadlineOutOfRange for an absurd one, HolidaysUnknown for a calendar of no country.
    """
    course = course_of(rule, calendar, start=start, pauses=pauses)
    end = course.end()
    in_days = course.step == DAY
    return Deadline(
        due=end.due,
        last_day=local_date(calendar.zone, end.due - TICK) if end.due is not None and in_days else None,
        remaining=end.remaining,
        segments=_segments(course, end),
        rule=rule.id,
        rule_version=rule.version,
        calendar=calendar.id,
        calendar_version=calendar.version,
        time_zone=calendar.time_zone,
        holidays_edition=edition() if calendar.country else "",
    )


def due_at(
    rule: Rule, calendar: Calendar, *, start: datetime, pauses: Sequence[Pause] = (), percent: int = WHOLE_PERCENT
) -> datetime | None:
    """The instant at which `percent` of the allowance is used; None if a pause is open.

    100 is the deadline itself, less is for warnings, more for steps after a breach. Parts of a day are rounded up.
    """
    course = course_of(rule, calendar, start=start, pauses=pauses)
    wanted = _share(course, percent)
    if percent < WHOLE_PERCENT:
        return course.reach(course.begin, wanted)[0]
    due = course.end().due
    return due if due is None else course.reach(due, wanted - course.amount)[0]


def elapsed(
    rule: Rule, calendar: Calendar, *, start: datetime, until: datetime, pauses: Sequence[Pause] = ()
) -> timedelta:
    """The time counted from `start` to `until`, in the rule's unit: real time, or whole days as 24 hours each.

    At the deadline it is the allowance; it continues to count afterwards. Days and months count a day at its end.
    """
    course, until = course_of(rule, calendar, start=start, pauses=pauses), instant(until)
    return _elapsed(course, until)


def percent_used(
    rule: Rule, calendar: Calendar, *, start: datetime, until: datetime, pauses: Sequence[Pause] = ()
) -> int:
    """The used share of the allowance in percent, rounded down: at least `percent` from `due_at(percent)` on, less
    before."""
    course, until = course_of(rule, calendar, start=start, pauses=pauses), instant(until)
    if not course.amount:
        used = WHOLE_PERCENT if until >= course.begin else 0
    else:
        used = _elapsed(course, until) * WHOLE_PERCENT // course.amount
    rolling = used >= WHOLE_PERCENT and course.working is not None and until < (course.end().due or until)
    return WHOLE_PERCENT - 1 if rolling else used


def _elapsed(course: Course, until: datetime) -> timedelta:
    found = course.counted(course.begin, until)
    if found > course.amount and course.working is not None:
        end = course.end()
        if end.nominal is not None and end.due is not None:
            found -= course.counted(end.nominal, min(end.due, until))
    return found


def _share(course: Course, percent: int) -> timedelta:
    """This share of the allowance, rounded up to a whole step; ValueError if `percent` is less than 1."""
    if percent < 1:
        raise ValueError("percent starts at 1")
    return -(-course.amount * percent // (course.step * WHOLE_PERCENT)) * course.step


def _segments(course: Course, end: End) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for slot in _slots(course, end):
        last = found[-1] if found else None
        if last is not None and last.kind is slot.kind and last.note == slot.note:
            found[-1] = Segment(last.start, slot.end, slot.kind, last.counted + slot.counted, slot.note)
        else:
            found.append(Segment(*slot))
    return tuple(found)


def _slots(course: Course, end: End) -> Iterator[Slot]:
    if course.start < course.begin:
        yield Slot(course.start, course.begin, SegmentKind.FIRST_DAY, NOTHING, "")
    at = course.begin
    for start, stop in course.running(course.begin):
        if end.nominal is not None and start >= end.nominal:
            break
        if at < start:
            yield Slot(at, start, SegmentKind.PAUSED, NOTHING, "")
        at = min(one for one in (stop, end.nominal) if one is not None)
        yield from course.timeline.slots(start, at)
    if end.nominal is not None and end.due is not None and end.nominal < end.due:
        yield Slot(end.nominal, end.due, SegmentKind.ROLLED_FORWARD, NOTHING, _why_rolled(course, end.nominal))


def _why_rolled(course: Course, nominal: datetime) -> str:
    """The note for rolling forward: the last day, and why it is not a working day."""
    assert course.working is not None, "it rolled forward"
    start = course.last_day_before(nominal)
    slot = next(course.working.slots(start, nominal))
    return f"{local_date(course.working.calendar.zone, start).isoformat()} is {slot.note or 'weekend'}"
