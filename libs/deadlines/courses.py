"""Applies a rule to a start: what is counted, from when, how much, with which pauses, and where it ends."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, assert_never

import msgspec

from libs.deadlines.allowances import BusinessTime, CalendarDays, CalendarMonths, ElapsedTime, Rule, WorkingDays
from libs.deadlines.calendars import Calendar
from libs.deadlines.months import MONTHS_PER_YEAR, ByCalendar, Continuous, DeadlineOutOfRange, Timeline
from libs.deadlines.slots import NOTHING, Basis
from libs.deadlines.zones import DAY, TICK, day_start, local_date

FIRST_YEAR, LAST_YEAR = 1970, 2200

Stretch = tuple[datetime, datetime | None]


class Pause(msgspec.Struct, frozen=True):
    """The clock is paused from `since` to `until`; None if the pause is open. Pauses may overlap and be in any
    order."""

    since: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or (self.until is not None and self.until.tzinfo is None):
            raise ValueError("a pause needs a time zone")
        if self.until is not None and self.until < self.since:
            raise ValueError("a pause cannot end before it begins")


class End(NamedTuple):
    """The end of a course. nominal: by its allowance. due: after rolling forward. If a pause is open, both are None and
    `remaining` is what is left of the allowance."""

    nominal: datetime | None
    due: datetime | None
    remaining: timedelta


class Course(NamedTuple):
    """A rule applied to a start: it ends when `timeline` has counted `amount` from `begin`.

    pauses: in order and disjoint; the last may be open. step: the smallest unit that is counted. working: the working
    days to roll forward to; None if the rule does not roll forward.
    """

    timeline: Timeline
    start: datetime
    begin: datetime
    amount: timedelta
    pauses: tuple[Stretch, ...]
    step: timedelta = TICK
    working: ByCalendar | None = None

    def running(self, at: datetime) -> Iterator[Stretch]:
        """The stretches from `at` in which the clock runs; the end of the last is None unless a pause is open."""
        for since, until in self.pauses:
            if at < since:
                yield at, since
            if until is None:
                return
            at = max(at, until)
        yield at, None

    def reach(self, at: datetime, amount: timedelta) -> tuple[datetime | None, timedelta]:
        """The first instant at which `amount` is counted from `at`, and nothing; or None and the rest if a pause is
        open."""
        if not amount:
            return at, NOTHING
        for start, end in self.running(at):
            if end is None or (counted := self.timeline.counted(start, end)) >= amount:
                return self.timeline.reach(start, amount), NOTHING
            amount -= counted
        return None, amount

    def counted(self, start: datetime, until: datetime) -> timedelta:
        """The time counted between two instants, without pauses; zero if `until` is before `start`."""
        found = NOTHING
        for at, end in self.running(start):
            if at >= until:
                break
            found += self.timeline.counted(at, until if end is None else min(end, until))
        return found

    def end(self) -> End:
        """The end of the course. Rolling forward ignores pauses, because nothing is left to count then."""
        nominal, remaining = self.reach(self.begin, self.amount)
        if nominal is None or self.working is None:
            return End(nominal, nominal, remaining)
        if self.working.counted(self.last_day_before(nominal), nominal):
            return End(nominal, nominal, NOTHING)
        return End(nominal, self.working.reach(nominal, DAY), NOTHING)

    def last_day_before(self, end: datetime) -> datetime:
        """The start of the local day that ends at `end`; only for a course that rolls forward."""
        assert self.working is not None, "days to roll forward on"
        zone = self.working.calendar.zone
        return day_start(zone, local_date(zone, end - TICK))


def course_of(rule: Rule, calendar: Calendar, *, start: datetime, pauses: Sequence[Pause]) -> Course:
    """The course of a rule from `start`. ValueError for a naive start, DeadlineOutOfRange for an instant that no
    calendar covers."""
    start, allowance = instant(start), rule.allowance
    match allowance:
        case ElapsedTime():
            return Course(Continuous(), start, start, allowance.span, _merged(pauses))
        case BusinessTime():
            timeline = ByCalendar(calendar, Basis.OPEN_TIME)
            return Course(timeline, start, start, allowance.span, _merged(pauses))
        case WorkingDays():
            return _in_days(calendar, Basis.WORKING_DAYS, allowance.days, start=start, pauses=pauses)
        case CalendarDays():
            course = _in_days(calendar, Basis.ALL_DAYS, allowance.days, start=start, pauses=pauses)
        case CalendarMonths():
            first = local_date(calendar.zone, start)
            days = (months_later(first, allowance.months) - first).days
            course = _in_days(calendar, Basis.ALL_DAYS, days, start=start, pauses=pauses)
        case _:
            assert_never(allowance)
    return course._replace(working=ByCalendar(calendar, Basis.WORKING_DAYS)) if allowance.roll_forward else course


def instant(at: datetime) -> datetime:
    """The instant in UTC; ValueError if it is naive, DeadlineOutOfRange if no calendar covers it."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} needs a time zone")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise DeadlineOutOfRange(at.isoformat())
    return at.astimezone(UTC)


def _in_days(calendar: Calendar, basis: Basis, days: int, *, start: datetime, pauses: Sequence[Pause]) -> Course:
    zone = calendar.zone
    begin = day_start(zone, local_date(zone, start) + DAY)
    whole = [_whole_days(calendar, one) for one in pauses]
    return Course(ByCalendar(calendar, basis), start, begin, days * DAY, _merged(whole), DAY)


def months_later(day: date, months: int) -> date:
    """The day with the same number so many months later, or the last day of that month."""
    years, index = divmod(day.month - 1 + months, MONTHS_PER_YEAR)
    year, month = day.year + years, index + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _whole_days(calendar: Calendar, pause: Pause) -> Pause:
    """The pause in whole days: a day is paused if the clock is paused at its end."""
    zone, until = calendar.zone, pause.until
    since = day_start(zone, local_date(zone, instant(pause.since)))
    return Pause(since, None if until is None else day_start(zone, local_date(zone, instant(until))))


def _merged(pauses: Iterable[Pause]) -> tuple[Stretch, ...]:
    """The pauses, merged, in order and disjoint; an open pause contains all later ones."""
    found: list[Stretch] = []
    for pause in sorted(pauses, key=lambda one: one.since):
        since, until = instant(pause.since), None if pause.until is None else instant(pause.until)
        if found and ((reached := found[-1][1]) is None or since <= reached):
            since = found.pop()[0]
            until = None if reached is None or until is None else max(reached, until)
        found.append((since, until))
    return tuple(found)
