"""Counts along a calendar a month at a time; each month is computed once and cached with running sums."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, Protocol

from libs.deadlines.calendars import Calendar
from libs.deadlines.slots import NOTHING, Basis, SegmentKind, Slot, slots_of_days
from libs.deadlines.zones import local_date
from libs.errors import AppError, Code

MONTHS_CACHED = 512  # of 13 kB each
HORIZON_YEAR = 2_300
MONTHS_PER_YEAR = 12


class DeadlineOutOfRange(AppError):
    """A deadline starts or ends outside the years that calendars cover."""

    code, reason = Code.OUT_OF_RANGE, "DEADLINE_OUT_OF_RANGE"

    def __init__(self, start: str) -> None:
        super().__init__(f"no calendar covers what starts at {start}", start=start)


class Timeline(Protocol):
    """Counts time between instants, without regard to pauses. All instants are in UTC."""

    def counted(self, start: datetime, end: datetime) -> timedelta:
        """The time that counts between two instants, start <= end."""
        ...

    def reach(self, start: datetime, amount: timedelta) -> datetime:
        """The first instant by which `amount` (more than zero) has been counted from `start`."""
        ...

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        """The slots from `start` to `end`, without gaps."""
        ...


class Continuous(NamedTuple):
    """The timeline on which all time counts."""

    def counted(self, start: datetime, end: datetime) -> timedelta:
        return end - start

    def reach(self, start: datetime, amount: timedelta) -> datetime:
        return start + amount

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        yield Slot(start, end, SegmentKind.COUNTED, end - start, "")


class ByCalendar(NamedTuple):
    """The timeline of a calendar. If `basis` is in days, a whole day is counted at its end."""

    calendar: Calendar
    basis: Basis

    def counted(self, start: datetime, end: datetime) -> timedelta:
        month = self._at(start)
        found = -month.counted_before(start)
        while month.end < end:
            found += month.total
            month = self._month(*month.following)
        return found + month.counted_before(end)

    def reach(self, start: datetime, amount: timedelta) -> datetime:
        month = self._at(start)
        amount += month.counted_before(start)
        while month.total < amount:
            amount -= month.total
            if month.following[0] > HORIZON_YEAR:
                raise DeadlineOutOfRange(start.isoformat())
            month = self._month(*month.following)
        return month.reach(amount)

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        month, at = self._at(start), start
        while at < end:
            for slot in month.slots_from(at):
                if slot.start >= end:
                    return
                yield self._cut(slot, start, end)
            month, at = self._month(*month.following), month.end

    def _cut(self, slot: Slot, start: datetime, end: datetime) -> Slot:
        if slot.start >= start and slot.end <= end:
            return slot
        start, end = max(start, slot.start), min(end, slot.end)
        by_time = self.basis is Basis.OPEN_TIME and slot.kind is SegmentKind.COUNTED
        return Slot(start, end, slot.kind, end - start if by_time else NOTHING, slot.note)

    def _at(self, at: datetime) -> "_Month":
        local = local_date(self.calendar.zone, at)
        month = self._month(local.year, local.month)
        # Where clocks go back over midnight, local time shows the new month for a while before the old one is over.
        return month if month.start <= at else self._month(*_add(local.year, local.month, -1))

    def _month(self, year: int, month: int) -> "_Month":
        return _month(self.calendar, self.basis, year, month)


class _Month:
    """The slots of one local month with the sum of what counts before each."""

    __slots__ = ("_after", "_by_time", "_slots", "_starts", "end", "following", "start", "total")

    def __init__(self, slots: tuple[Slot, ...], *, by_time: bool, following: tuple[int, int]) -> None:
        self._slots = slots
        self._starts = [one.start for one in slots]
        self._after = list(accumulate(one.counted for one in slots))
        self._by_time = by_time
        self.start, self.end, self.total = slots[0].start, slots[-1].end, self._after[-1]
        self.following = following

    def counted_before(self, at: datetime) -> timedelta:
        """The time that counts from the start of the month to an instant in it."""
        index = bisect_right(self._starts, at) - 1
        slot = self._slots[index]
        if at >= slot.end:
            return self._after[index]
        found = self._after[index] - slot.counted
        return found + (at - slot.start) if self._by_time and slot.counted else found

    def reach(self, amount: timedelta) -> datetime:
        """The first instant by which `amount` has been counted; it is more than zero and at most `total`."""
        index = bisect_left(self._after, amount)
        slot, missing = self._slots[index], self._after[index] - amount
        return slot.end - missing

    def slots_from(self, at: datetime) -> Iterator[Slot]:
        """The slot that contains the instant, and all later slots."""
        return iter(self._slots[max(0, bisect_right(self._starts, at) - 1) :])


@lru_cache(maxsize=MONTHS_CACHED)
def _month(calendar: Calendar, basis: Basis, year: int, month: int) -> _Month:
    following = _add(year, month, 1)
    slots = slots_of_days(calendar, basis, first=date(year, month, 1), beyond=date(*following, 1))
    return _Month(tuple(slots), by_time=basis is Basis.OPEN_TIME, following=following)


def _add(year: int, month: int, months: int) -> tuple[int, int]:
    years, index = divmod(month - 1 + months, MONTHS_PER_YEAR)
    return year + years, index + 1


def preload(calendar: Calendar, *, year: int) -> None:
    """Compute a year in advance; takes a tenth of a second once per process, then about 2 ms per calendar."""
    for basis in (Basis.OPEN_TIME, Basis.WORKING_DAYS):
        for month in range(1, MONTHS_PER_YEAR + 1):
            _month(calendar, basis, year, month)
