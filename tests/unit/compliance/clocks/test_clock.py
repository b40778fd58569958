"""What acts do to a clock: acknowledged, extended, paused, ended; warnings and misses are published once each."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.deadlines.slots import SegmentKind
from libs.errors import InvalidInput, WrongState
from services.compliance.clocks.domain.acts import (
    ExtensionNotAllowed,
    ExtensionTooLate,
    PauseNotAllowed,
    acknowledge,
    end,
    extend,
    pause,
    resume,
)
from services.compliance.clocks.domain.clock import StatutoryClock, answer_due, explained, tell_deadlines
from services.compliance.clocks.domain.states import ClockState, DeadlineType, ExtensionReason
from services.compliance.clocks.events import (
    ClockPaused,
    ClockResumed,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineWarned,
    ReceiptAcknowledged,
)
from tests.unit.compliance.clocks.naive import ends
from tests.unit.compliance.clocks.started import CASE, a_clock

RECEIVED = datetime(2026, 9, 7, 10, tzinfo=UTC)  # a Monday
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
COMPLEX = ExtensionReason.COMPLEXITY_OF_PROCESS
ANSWER, ACKNOWLEDGEMENT = DeadlineType.ANSWER, DeadlineType.ACKNOWLEDGEMENT


def test_an_extension_is_counted_from_the_receipt_and_granted_once() -> None:
    clock = a_clock("DE", RECEIVED)
    assert answer_due(clock) == ends("1 month rolled", "DE", "Europe/Berlin", RECEIVED)
    longer, events = extend(clock, COMPLEX, RECEIVED + DAY, RECEIVED + 2 * DAY)
    due = ends("3 months rolled", "DE", "Europe/Berlin", RECEIVED)
    assert answer_due(longer) == longer.due_time == due
    assert events == (DeadlineExtended(case_id=CASE, reason=COMPLEX, due_time=due),)
    with pytest.raises(ExtensionNotAllowed):
        extend(longer, COMPLEX, RECEIVED + 3 * DAY, RECEIVED + 3 * DAY)


def test_the_person_must_be_told_of_an_extension_inside_the_first_period() -> None:
    clock = a_clock("DE", RECEIVED)
    due = answer_due(clock)
    with pytest.raises(ExtensionTooLate):
        extend(clock, COMPLEX, due, due)
    late, events = tell_deadlines(clock, due + DAY)
    assert [type(one) for one in events] == [DeadlineMissed]
    longer, _ = extend(late, COMPLEX, due - TICK, due + DAY)  # told in time, recorded late: it was not missed
    milestone = longer.milestone(ANSWER)
    assert milestone is not None
    assert milestone.miss_time is None


@pytest.mark.parametrize(
    ("told", "reason"), [(RECEIVED - TICK, "BEFORE_RECEIPT"), (RECEIVED + DAY + TICK, "IN_THE_FUTURE")]
)
def test_the_time_of_the_notice_lies_between_the_receipt_and_now(told: datetime, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        extend(a_clock("DE", RECEIVED), COMPLEX, told, RECEIVED + DAY)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("told_time", reason)]


@pytest.mark.parametrize("country", ["CN", "BR", "ID", "NG", "KZ", "JP"])
def test_a_law_without_an_extension_allows_none(country: str) -> None:
    with pytest.raises(ExtensionNotAllowed):
        extend(a_clock(country, RECEIVED), COMPLEX, RECEIVED, RECEIVED)


@pytest.mark.parametrize("country", ["DE", "CN", "BR", "ID", "RU", "VN", "JP"])
def test_only_the_british_clock_stops_while_information_is_awaited(country: str) -> None:
    with pytest.raises(PauseNotAllowed):
        pause(a_clock(country, RECEIVED), RECEIVED)


def test_a_paused_clock_has_no_due_time_and_later_as_much_time_as_before() -> None:
    clock = a_clock("GB", RECEIVED)
    paused, events = pause(clock, RECEIVED + DAY)
    assert (paused.state, paused.due_time, paused.sweep_time) == (ClockState.PAUSED, None, None)
    assert events == (ClockPaused(case_id=CASE),)
    assert explained(paused, ANSWER).remaining > timedelta()
    with pytest.raises(WrongState):
        pause(paused, RECEIVED + DAY)
    running, events = resume(paused, RECEIVED + 11 * DAY)
    assert answer_due(running) == answer_due(clock) + 12 * DAY  # 17 October is a Saturday
    assert events == (ClockResumed(case_id=CASE, due_time=answer_due(running)),)
    assert resume(running, RECEIVED + 12 * DAY) == (running, ())


@given(since=st.integers(0, 28), days=st.integers(0, 60))
def test_a_pause_moves_the_answer_by_the_days_at_whose_end_the_clock_stood(since: int, days: int) -> None:
    clock = a_clock("GB", RECEIVED)
    paused, _ = pause(clock, RECEIVED + since * DAY)
    running, _ = resume(paused, RECEIVED + (since + days) * DAY)
    # The clock starts on the day after the receipt: a pause on the day of the receipt moves nothing for that day.
    stood = len([one for one in range(since, since + days) if one > 0])
    assert answer_due(running) == ends("1 month rolled", "GB", "Europe/London", RECEIVED, stood)


def test_the_receipt_is_acknowledged_once_also_where_no_law_asks_for_it() -> None:
    for country, expected in (("VN", "2 working days"), ("DE", "")):
        clock = a_clock(country, RECEIVED)
        done, events = acknowledge(clock, RECEIVED + DAY)
        milestone = done.milestone(ACKNOWLEDGEMENT)
        assert milestone is not None
        assert milestone.meet_time == RECEIVED + DAY
        assert (milestone.due_time is not None) == bool(expected)
        assert events == (ReceiptAcknowledged(case_id=CASE),)
        assert done.due_time == answer_due(done)
        assert acknowledge(done, RECEIVED + 2 * DAY) == (done, ())


def test_a_late_acknowledgement_stays_missed() -> None:
    clock = a_clock("VN", RECEIVED, warn_days=())
    done, events = acknowledge(clock, RECEIVED + 5 * DAY)
    milestone = done.milestone(ACKNOWLEDGEMENT)
    assert milestone is not None
    assert (milestone.meet_time, milestone.miss_time) == (RECEIVED + 5 * DAY, milestone.due_time)
    assert [type(one) for one in events] == [DeadlineMissed, ReceiptAcknowledged]


def test_each_warning_and_the_miss_are_published_once() -> None:
    clock = a_clock("DE", RECEIVED)
    due, told = answer_due(clock), []
    at = RECEIVED
    while at < due + 3 * DAY:
        clock, events = tell_deadlines(clock, at)
        told += [(type(one), getattr(one, "days_left", 0), at) for one in events]
        at += DAY / 4
    assert [(kind, days) for kind, days, _ in told] == [
        *((DeadlineWarned, days) for days in (14, 7, 3, 1)),
        (DeadlineMissed, 0),
    ]
    for kind, days, when in told:
        assert timedelta() <= when - (due - days * DAY) < DAY / 4, kind
    assert clock.sweep_time is None
    assert clock.due_time == due  # it is still open, and overdue


def test_of_warnings_that_fell_due_together_only_the_last_is_published() -> None:
    clock = a_clock("DE", RECEIVED)
    _, events = tell_deadlines(clock, answer_due(clock) - 2 * DAY)
    assert [(type(one), getattr(one, "days_left", None)) for one in events] == [(DeadlineWarned, 3)]


def test_a_deadline_of_hours_has_only_the_warnings_that_lie_after_the_receipt() -> None:
    clock = a_clock("ID", RECEIVED)
    assert clock.sweep_time == RECEIVED + 2 * DAY  # one day before; 3 days before is the receipt itself
    assert a_clock("ID", RECEIVED, warn_days=()).sweep_time == answer_due(clock)


@pytest.mark.parametrize("answered", [True, False])
def test_a_clock_ends_once_and_an_answer_after_the_deadline_stays_late(answered: bool) -> None:
    clock = a_clock("RU", RECEIVED)
    due = answer_due(clock)
    ended, events = end(clock, due, answered=answered)
    assert [type(one) for one in events] == [DeadlineMissed]
    assert (ended.state, ended.due_time, ended.sweep_time, ended.end_time) == (ClockState.ENDED, None, None, due)
    milestone = ended.milestone(ANSWER)
    assert milestone is not None
    assert (milestone.meet_time, milestone.miss_time) == (due if answered else None, due)
    assert end(ended, due + DAY, answered=True) == (ended, ())
    with pytest.raises(WrongState):
        acknowledge(ended, due)
    with pytest.raises(WrongState):
        extend(ended, COMPLEX, due, due)


def test_an_answer_in_time_is_not_missed() -> None:
    clock = a_clock("VN", RECEIVED)
    ended, events = end(clock, clock.due_time - TICK if clock.due_time else RECEIVED, answered=True)
    assert events == ()
    assert {one.meet_time for one in ended.milestones} == {ended.end_time}


def test_a_paused_clock_ends_too() -> None:
    paused, _ = pause(a_clock("GB", RECEIVED), RECEIVED + DAY)
    ended, events = end(paused, RECEIVED + 90 * DAY, answered=False)
    assert (ended.state, events) == (ClockState.ENDED, ())


def _told(clock: StatutoryClock) -> list[DeadlineType]:
    return [one.type for one in clock.milestones if one.miss_time is not None]


def _run_out(clock: StatutoryClock, now: datetime) -> bool:
    """Whether the term of the answer is over and its end only rolled forward to a working day: no pause moves it."""
    if clock.due_time is None:
        return False
    end = explained(clock, DeadlineType.ANSWER).segments[-1]
    return end.kind is SegmentKind.ROLLED_FORWARD and end.start <= now


@given(
    st.lists(
        st.tuples(st.sampled_from(["warn", "pause", "resume", "acknowledge", "extend"]), st.integers(1, 20)), max_size=9
    )
)
def test_whatever_happens_the_next_step_is_never_after_the_deadline_and_nothing_is_published_twice(
    acts: list[tuple[str, int]],
) -> None:
    clock, now, seen = a_clock("GB", RECEIVED), RECEIVED, []
    for name, days in acts:
        now += days * DAY
        try:
            clock, events = {
                "warn": lambda one=clock, at=now: tell_deadlines(one, at),
                "pause": lambda one=clock, at=now: pause(one, at),
                "resume": lambda one=clock, at=now: resume(one, at),
                "acknowledge": lambda one=clock, at=now: acknowledge(one, at),
                "extend": lambda one=clock, at=now: extend(one, COMPLEX, at, at),
            }[name]()
        except (WrongState, ExtensionNotAllowed, ExtensionTooLate):
            continue
        seen += [one for one in events if isinstance(one, DeadlineWarned | DeadlineMissed)]
        assert clock.sweep_time is None or clock.due_time is None or clock.sweep_time <= clock.due_time
        stopped = clock.state is ClockState.PAUSED and not _told(clock) and not _run_out(clock, now)
        assert (clock.due_time is None) == stopped
    assert len(seen) == len(set(map(repr, seen)))
