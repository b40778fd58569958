"""Rules of the clocks for every course of events, checked against an oracle that walks minute by minute."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import WrongState
from services.tickets.clocks.domain import Transition, tell_clocks
from services.tickets.clocks.events import DeadlineBreached
from services.tickets.handling.domain import transitions
from services.tickets.linking import domain as linking
from services.tickets.record.domain.states import ClockType, CloseCode, CommentSide, PendingReason, TicketState
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.events import TicketEvent
from tests.builders import NOW
from tests.unit.tickets.filed import a_new_ticket, a_target, say

MINUTE = timedelta(minutes=1)
TARGETS = {ClockType.FIRST_RESPONSE: 60, ClockType.NEXT_RESPONSE: 120, ClockType.RESOLUTION: 480}
WAITING = (TicketState.PENDING, TicketState.HELD)

ENDS = {"close", "merge"}
SWEEP = "sweep"
MOVES: dict[str, Callable[[Ticket, datetime], Transition]] = {
    "assign": lambda ticket, now: transitions.assign(ticket, "desk", "", now=now),
    "ask": lambda ticket, now: say(ticket, CommentSide.REQUESTER, now=now),
    "answer": lambda ticket, now: say(ticket, CommentSide.VENDOR, now=now),
    "pend": lambda ticket, now: transitions.set_pending(ticket, PendingReason.AWAITING_REQUESTER, now=now),
    "hold": lambda ticket, now: transitions.set_pending(ticket, PendingReason.AWAITING_PARTS, now=now),
    "resume": lambda ticket, now: transitions.resume(ticket, now=now),
    "resolve": lambda ticket, now: transitions.resolve(ticket, "DONE", None, now=now),
    "close": lambda ticket, now: transitions.close(ticket, CloseCode.DUPLICATE, now=now),
    "merge": lambda ticket, now: linking.merge(ticket, a_target(), now=now)[0],
    "go_on_for": lambda ticket, now: linking.merge(a_target(), ticket, now=now)[1],
    "split": lambda ticket, now: linking.split(ticket, a_target(), now=now)[0],
    "reopen": lambda ticket, now: transitions.reopen(ticket, now=now),
    SWEEP: lambda ticket, now: tell_clocks(ticket, now=now),
}
COURSES = st.lists(st.tuples(st.integers(0, 700), st.sampled_from(list(MOVES))), max_size=14)

Standing = dict[str, tuple[str, int | None, int | None]]


class _Run(msgspec.Struct):
    """A clock as the oracle counts it, in whole minutes since NOW."""

    counted: int = 0
    met_at: int | None = None
    breached_at: int | None = None
    stopped: bool = False

    @property
    def open(self) -> bool:
        return self.met_at is None and not self.stopped


class Oracle:
    """Counts every minute by itself: no due instants, no pauses, no calendar but the hands of a clock."""

    def __init__(self) -> None:
        self.at = 0
        self.waits = False
        self.runs = {ClockType.FIRST_RESPONSE: _Run(), ClockType.RESOLUTION: _Run()}
        self.breaches: list[tuple[str, int]] = []

    def go_to(self, minute: int) -> None:
        """Count up to the beginning of this minute."""
        while self.at < minute:
            local = NOW + self.at * MINUTE
            if local.weekday() < 5 and 9 <= local.hour < 17 and not self.waits:
                self._count()
            self.at += 1

    def done(self, action: str, state: TicketState) -> None:
        """What an action means for the clocks."""
        asked = self.runs.get(ClockType.NEXT_RESPONSE)
        if action == "ask" and (asked is None or not asked.open):
            self.runs[ClockType.NEXT_RESPONSE] = _Run()
        for type, run in self.runs.items():
            answers = action == "resolve" or (action == "answer" and type is not ClockType.RESOLUTION)
            if run.open and answers:
                run.met_at = self.at
            if run.open and action in ENDS and run.breached_at is None:
                run.stopped = True
            if action == "reopen" and type is ClockType.RESOLUTION:
                run.met_at = None
        self.waits = state in WAITING

    def standing(self) -> Standing:
        """State, minute of breach and minute of being met, by clock."""
        return {type.name: (self._state(run), run.breached_at, run.met_at) for type, run in self.runs.items()}

    def _count(self) -> None:
        for type, run in self.runs.items():
            if run.open and run.breached_at is None:
                run.counted += 1
                if run.counted == TARGETS[type]:
                    run.breached_at = self.at + 1
                    self.breaches.append((type.name, self.at + 1))

    def _state(self, run: _Run) -> str:
        if run.breached_at is not None:
            return "BREACHED"
        if run.met_at is not None:
            return "MET"
        return "STOPPED" if run.stopped else "PAUSED" if self.waits else "RUNNING"


def _minute(at: datetime | None) -> int | None:
    return None if at is None else (at - NOW) // MINUTE


def _standing(ticket: Ticket) -> Standing:
    return {
        clock.type.name: (clock.state.name, _minute(clock.breach_time), _minute(clock.meet_time))
        for clock in ticket.clocks
    }


def _follow(course: list[tuple[int, str]], *, sweeps: bool) -> tuple[Ticket, list[TicketEvent], Oracle]:
    """Make every move of the course that may be made, beside the oracle; swept at the end in any case."""
    ticket, oracle, at = a_new_ticket(), Oracle(), 0
    told: list[TicketEvent] = []
    for wait, action in course:
        at += wait
        oracle.go_to(at)
        try:
            after = MOVES[action](ticket, NOW + at * MINUTE) if action != SWEEP or sweeps else (ticket, ())
        except WrongState:
            continue
        oracle.done(action, after[0].state)
        ticket = after[0]
        told += after[1]
    ticket, last = tell_clocks(ticket, now=NOW + at * MINUTE)
    return ticket, [*told, *last], oracle


@settings(max_examples=300, deadline=None)
@given(course=COURSES)
def test_clocks_are_met_and_run_out_as_somebody_counting_minutes_would_say(course: list[tuple[int, str]]) -> None:
    ticket, told, oracle = _follow(course, sweeps=True)
    assert _standing(ticket) == oracle.standing()
    breaches = [(one.clock_type.name, _minute(one.breach_time)) for one in told if isinstance(one, DeadlineBreached)]
    assert sorted(breaches) == sorted(oracle.breaches)
    assert ticket.breached == bool(oracle.breaches)


@settings(max_examples=100, deadline=None)
@given(course=COURSES)
def test_sweeping_more_often_tells_sooner_and_changes_nothing_else(course: list[tuple[int, str]]) -> None:
    often, told_often, _ = _follow(course, sweeps=True)
    seldom, told_seldom, _ = _follow(course, sweeps=False)
    assert _standing(often) == _standing(seldom)
    assert often.sla_outcome is seldom.sla_outcome
    for told in (told_often, told_seldom):
        for type in (ClockType.FIRST_RESPONSE, ClockType.RESOLUTION):
            kinds = [one.__class__.__name__ for one in told if getattr(one, "clock_type", None) is type]
            assert kinds in ([], ["DeadlineWarned"], ["DeadlineBreached"], ["DeadlineWarned", "DeadlineBreached"])


@settings(max_examples=100, deadline=None)
@given(begins=st.integers(0, 400), lasts=st.integers(0, 5000))
def test_a_pause_never_makes_a_deadline_earlier_and_moves_it_by_what_it_took_of_the_business_day(
    begins: int, lasts: int
) -> None:
    ticket = transitions.assign(a_new_ticket(), "desk", "", now=NOW)[0]
    waiting = transitions.set_pending(ticket, PendingReason.AWAITING_PARTS, now=NOW + begins * MINUTE)[0]
    going = transitions.resume(waiting, now=NOW + (begins + lasts) * MINUTE)[0]
    before, after = ticket.clock(ClockType.RESOLUTION), going.clock(ClockType.RESOLUTION)
    assert before is not None
    assert after is not None
    assert before.due_time is not None
    assert after.due_time is not None
    assert before.due_time <= after.due_time <= before.due_time + timedelta(days=14)
    assert after.due_time > NOW + (begins + lasts) * MINUTE or after.state.name == "BREACHED"


@settings(max_examples=50, deadline=None)
@given(course=COURSES)
def test_the_index_of_what_is_due_agrees_with_the_clocks(course: list[tuple[int, str]]) -> None:
    ticket, _, _ = _follow(course, sweeps=True)
    running = [clock for clock in ticket.clocks if clock.state.name == "RUNNING"]
    assert ticket.due_time == min((c.due_time for c in running if c.due_time), default=None)
    assert (ticket.sweep_time is None) == (not running)
    if ticket.sweep_time is not None:
        assert tell_clocks(ticket, now=ticket.sweep_time)[1]
        assert not tell_clocks(ticket, now=ticket.sweep_time - timedelta(microseconds=1))[1]
