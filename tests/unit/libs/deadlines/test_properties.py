"""What holds for every rule, calendar, start and set of pauses, and the same results by brute force."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from libs.deadlines import (
    Allowance,
    BusinessTime,
    Calendar,
    CalendarDays,
    CalendarMonths,
    Deadline,
    ElapsedTime,
    Holiday,
    Hours,
    Pause,
    SegmentKind,
    Workday,
    WorkingDays,
    due_at,
    elapsed,
    explain,
    percent_used,
)
from libs.deadlines.months import _month
from libs.deadlines.national import national_days
from tests.unit.libs.deadlines import oracle
from tests.unit.libs.deadlines.local import rule

DAY, MINUTE, TICK = timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)
NOTHING = timedelta()
NEVER = datetime.max.replace(tzinfo=UTC)
# Clocks that change at two, at midnight, by half an hour, by law, or not at all, far east and far west.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Riyadh",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Havana",
)
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
# Around the days on which clocks change or countries are off for long.
TURNS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in ("2026-03-29", "2026-10-25", "2026-04-05", "2026-09-06", "2025-09-28", "2026-02-14", "2024-12-31")
)
THOROUGH = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BRUTE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Case(NamedTuple):
    """The arguments of every function."""

    allowance: Allowance
    calendar: Calendar
    start: datetime
    pauses: tuple[Pause, ...]

    def explained(self) -> Deadline:
        return explain(rule(self.allowance), self.calendar, start=self.start, pauses=self.pauses)

    def elapsed(self, until: datetime) -> timedelta:
        return elapsed(rule(self.allowance), self.calendar, start=self.start, until=until, pauses=self.pauses)

    def due(self, percent: int = 100) -> datetime | None:
        return due_at(rule(self.allowance), self.calendar, start=self.start, pauses=self.pauses, percent=percent)


@st.composite
def hours(draw: st.DrawFn) -> tuple[Hours, ...]:
    marks = draw(st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(sorted))
    return tuple(Hours(30 * a, 30 * b) for a, b in zip(marks[::2], marks[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.tuples(*[st.one_of(hours(), hours(), st.just(()))] * 7).filter(any))
    extras = draw(st.lists(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=4, unique=True))
    return Calendar(
        id="any",
        version=1,
        time_zone=draw(st.sampled_from(ZONES)),
        weekly=week,
        country=draw(st.sampled_from(("", "DE", "CN", "SA", "VN"))),
        extra_holidays=tuple(Holiday(day, "off") for day in extras[:2]),
        extra_workdays=tuple(Workday(day, "on", draw(st.one_of(hours(), st.just(())))) for day in extras[2:]),
    )


def instants(step: timedelta = TICK) -> st.SearchStrategy[datetime]:
    """Any time, often near a turn; on whole steps."""
    anywhere = st.integers(0, (LAST - FIRST) // step).map(lambda n: FIRST + n * step)
    near = st.tuples(st.sampled_from(TURNS), st.integers(-2 * DAY // step, 2 * DAY // step)).map(
        lambda one: one[0] + one[1] * step
    )
    return st.one_of(anywhere, near)


def pauses_after(start: datetime, step: timedelta = TICK, reach: timedelta = 9 * DAY) -> st.SearchStrategy[Pause]:
    spans = st.tuples(st.integers(-DAY // step, reach // step), st.one_of(st.none(), st.integers(0, 3 * DAY // step)))
    return spans.map(
        lambda one: Pause(start + one[0] * step, None if one[1] is None else start + (one[0] + one[1]) * step)
    )


ALLOWANCES: st.SearchStrategy[Allowance] = st.one_of(
    st.integers(1, 5_000).map(lambda n: ElapsedTime(minutes=n)),
    st.integers(1, 2_000).map(lambda n: BusinessTime(minutes=n)),
    st.integers(1, 20).map(lambda n: WorkingDays(days=n)),
    st.builds(CalendarDays, days=st.integers(0, 50), roll_forward=st.booleans()),
    st.builds(CalendarMonths, months=st.integers(1, 4), roll_forward=st.booleans()),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    start = draw(instants())
    return Case(draw(ALLOWANCES), draw(calendars()), start, tuple(draw(st.lists(pauses_after(start), max_size=4))))


@THOROUGH
@given(cases())
def test_segments_tile_the_time_from_start_to_due(case: Case) -> None:
    found = case.explained()
    edges = [case.start] + [one.end for one in found.segments]
    assert [one.start for one in found.segments] == edges[:-1]
    assert all(one.start < one.end for one in found.segments)
    assert found.due is None or edges[-1] == found.due
    for one, following in zip(found.segments, found.segments[1:], strict=False):
        assert (one.kind, one.note) != (following.kind, following.note)


@THOROUGH
@given(cases())
def test_counted_segments_and_the_remaining_make_the_allowance(case: Case) -> None:
    found = case.explained()
    whole = explain(rule(case.allowance), case.calendar, start=case.start)
    amount = sum((one.counted for one in whole.segments), NOTHING)
    assert sum((one.counted for one in found.segments), NOTHING) + found.remaining == amount
    match case.allowance:
        case ElapsedTime() | BusinessTime():
            assert amount == case.allowance.span
        case WorkingDays() | CalendarDays():
            assert amount == case.allowance.days * DAY
    for one in found.segments:
        assert one.kind is SegmentKind.COUNTED or not one.counted
    assert (found.due is None) == bool(found.remaining)


@THOROUGH
@given(cases(), st.data())
def test_another_pause_never_makes_it_earlier(case: Case, data: st.DataObject) -> None:
    more = case._replace(pauses=(*case.pauses, data.draw(pauses_after(case.start))))
    assert (case.due() or NEVER) <= (more.due() or NEVER)


@THOROUGH
@given(cases())
def test_the_deadline_is_the_first_instant_by_which_the_allowance_has_elapsed(case: Case) -> None:
    found = case.explained()
    assume(found.due is not None and found.due > case.start)
    assert found.due is not None
    amount = sum((one.counted for one in found.segments), NOTHING)
    assert case.elapsed(found.due) == amount
    rolled = found.segments[-1].kind is SegmentKind.ROLLED_FORWARD
    if amount and not rolled:
        assert case.elapsed(found.due - TICK) < amount


@THOROUGH
@given(cases(), instants())
def test_what_has_elapsed_never_shrinks(case: Case, until: datetime) -> None:
    assert NOTHING <= case.elapsed(until) <= case.elapsed(until + 5 * MINUTE) <= case.elapsed(until + 5 * DAY)


LONGER: list[Callable[[int], Allowance]] = [
    lambda n: ElapsedTime(minutes=n),
    lambda n: BusinessTime(minutes=n),
    lambda n: WorkingDays(days=n),
    lambda n: CalendarDays(days=n, roll_forward=True),
    lambda n: CalendarMonths(months=n),
]


@THOROUGH
@given(cases(), st.sampled_from(LONGER), st.integers(1, 12), st.integers(1, 12))
def test_a_longer_allowance_is_never_due_earlier(
    case: Case, unit: Callable[[int], Allowance], count: int, more: int
) -> None:
    shorter, longer = case._replace(allowance=unit(count)), case._replace(allowance=unit(count + more))
    assert (shorter.due() or NEVER) <= (longer.due() or NEVER)


@THOROUGH
@given(cases(), instants())
def test_the_same_arguments_give_the_same_answer(case: Case, until: datetime) -> None:
    first, used = case.explained(), case.elapsed(until)
    assert first.due == case.due()
    again = msgspec.json.decode(msgspec.json.encode(case.calendar), type=Calendar)
    _month.cache_clear()
    national_days.cache_clear()
    there = case._replace(calendar=again, pauses=case.pauses[::-1])
    assert (there.explained(), there.elapsed(until)) == (first, used)
    assert msgspec.json.decode(msgspec.json.encode(first), type=Deadline) == first


@THOROUGH
@given(cases(), st.integers(1, 150))
def test_a_share_is_used_from_its_instant_on(case: Case, percent: int) -> None:
    at = case.due(percent)
    assume(at is not None and at > case.start)
    assume(percent <= 100 or not isinstance(case.allowance, CalendarDays) or case.allowance.days > 0)
    assert at is not None

    def used(until: datetime) -> int:
        return percent_used(rule(case.allowance), case.calendar, start=case.start, until=until, pauses=case.pauses)

    assert used(at - TICK) < percent <= used(at)


@BRUTE
@given(st.data(), calendars(), st.integers(1, 600))
def test_business_time_is_what_a_walk_by_minutes_finds(data: st.DataObject, calendar: Calendar, minutes: int) -> None:
    start = data.draw(instants(MINUTE))
    pauses = data.draw(st.lists(pauses_after(start, MINUTE, 2 * DAY), max_size=3))
    expected, missing = oracle.open_minutes(calendar, start, minutes, pauses, 4 * DAY)
    asked = rule(BusinessTime(minutes=minutes))
    found = explain(asked, calendar, start=start, pauses=pauses)
    if expected is not None:
        assert found.due == expected
    else:
        assert found.due is None or found.due > start + 4 * DAY
        assert (
            elapsed(asked, calendar, start=start, until=start + 4 * DAY, pauses=pauses) == (minutes - missing) * MINUTE
        )


@BRUTE
@given(st.data(), calendars(), st.integers(0, 12), st.booleans())
def test_days_are_what_a_walk_by_days_finds(data: st.DataObject, calendar: Calendar, count: int, working: bool) -> None:
    assume(count or not working)
    start = data.draw(instants(MINUTE))
    pauses = data.draw(st.lists(pauses_after(start, MINUTE), max_size=3))
    expected, missing = oracle.days(calendar, start, count, pauses, working=working)
    allowance = WorkingDays(days=count) if working else CalendarDays(days=count)
    found = explain(rule(allowance), calendar, start=start, pauses=pauses)
    assert (found.last_day, found.remaining) == (expected, missing * DAY)
