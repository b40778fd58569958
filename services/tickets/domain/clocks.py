"""What runs against the vendor: start, pause, go on, meet, run out. Every instant comes from libs.deadlines.

A clock is met in time before its due instant; from that instant on it has run out, whether somebody noticed or not.
So every move asks `run_out` first, and a sweep only tells sooner what the next move would tell.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.deadlines import BusinessTime, Deadline, ElapsedTime, Pause, due_at, explain
from services.tickets.domain.policy import Terms
from services.tickets.domain.states import ClockState, ClockType, SlaOutcome


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of a ticket. `warned`: the warning of this start was told; `pauses`: of this start."""

    type: ClockType
    state: ClockState
    target: timedelta
    start_time: datetime
    due_time: datetime | None = None
    warn_time: datetime | None = None
    meet_time: datetime | None = None
    breach_time: datetime | None = None
    warned: bool = False
    pauses: tuple[Pause, ...] = ()

    @property
    def unanswered(self) -> bool:
        """Whether what it is for is still to be done."""
        return self.meet_time is None and self.state is not ClockState.STOPPED

    @property
    def sweep_time(self) -> datetime | None:
        """When there is something to be told of it; None if never."""
        if self.state is not ClockState.RUNNING:
            return None
        return self.due_time if self.warned else self.warn_time


def start(type: ClockType, terms: Terms, *, at: datetime, paused: bool = False) -> Clock:
    """A clock that starts; it stands still at once if the ticket waits."""
    allowance = terms.rule(type).allowance
    assert isinstance(allowance, BusinessTime | ElapsedTime), "policies have units of time only"
    clock = Clock(type=type, state=ClockState.RUNNING, target=allowance.span, start_time=at)
    return pause(clock, at) if paused else _timed(clock, terms)


def pause(clock: Clock, now: datetime) -> Clock:
    """It stands still from now on; only one that runs."""
    if clock.state is not ClockState.RUNNING:
        return clock
    pauses = (*clock.pauses, Pause(now))
    return replace(clock, state=ClockState.PAUSED, pauses=pauses, due_time=None, warn_time=None)


def resume(clock: Clock, terms: Terms, now: datetime) -> Clock:
    """It goes on; only one that stands still."""
    if clock.state is not ClockState.PAUSED:
        return clock
    pauses = tuple(Pause(one.since, now) if one.until is None else one for one in clock.pauses)
    return _timed(replace(clock, state=ClockState.RUNNING, pauses=pauses), terms)


def meet(clock: Clock, terms: Terms, now: datetime) -> Clock:
    """What it is for is done, in time or late; once. `run_out` was asked before."""
    if not clock.unanswered:
        return clock
    resumed = resume(clock, terms, now)
    state = ClockState.BREACHED if resumed.state is ClockState.BREACHED else ClockState.MET
    return replace(resumed, state=state, meet_time=now)


def go_on(clock: Clock, terms: Terms, now: datetime) -> Clock:
    """It was not met after all and goes on where it stood; the time since it was met does not count."""
    if clock.meet_time is None:
        return clock
    if clock.state is ClockState.BREACHED:
        return replace(clock, meet_time=None)
    pauses = (*clock.pauses, Pause(clock.meet_time, now))
    return _timed(replace(clock, state=ClockState.RUNNING, pauses=pauses, meet_time=None), terms)


def stop(clock: Clock) -> Clock:
    """It is of no interest any more; one that was met or ran out stays as it is."""
    return replace(clock, state=ClockState.STOPPED) if _may_run_out(clock) else clock


def run_out(clock: Clock, now: datetime) -> Clock:
    """As it stands now: warned of, or run out at the instant at which it was due."""
    if clock.state is not ClockState.RUNNING or clock.due_time is None or clock.warn_time is None:
        return clock
    if clock.due_time <= now:
        return replace(clock, state=ClockState.BREACHED, breach_time=clock.due_time)
    return replace(clock, warned=clock.warned or clock.warn_time <= now)


def outcome(clocks: tuple[Clock, ...], *, breached_before: bool) -> SlaOutcome | None:
    """Whether all were met; None while one may still run out, or if nothing was there to be met."""
    if any(_may_run_out(clock) for clock in clocks):
        return None
    if breached_before or any(clock.state is ClockState.BREACHED for clock in clocks):
        return SlaOutcome.BREACHED
    return SlaOutcome.MET if any(clock.state is ClockState.MET for clock in clocks) else None


def explained(clock: Clock, terms: Terms) -> Deadline:
    """Why it runs out when it does."""
    return explain(terms.rule(clock.type), terms.calendar, start=clock.start_time, pauses=clock.pauses)


def _may_run_out(clock: Clock) -> bool:
    return clock.state in (ClockState.RUNNING, ClockState.PAUSED)


def _timed(clock: Clock, terms: Terms) -> Clock:
    """With the instants that follow from its pauses, of which none is open."""
    rule = terms.rule(clock.type)
    due, warn = (
        due_at(rule, terms.calendar, start=clock.start_time, pauses=clock.pauses, percent=percent)
        for percent in (100, terms.warn_percent)
    )
    return replace(clock, due_time=due, warn_time=warn)
