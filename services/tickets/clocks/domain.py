"""The transitions of a clock: start, pause, resume, meet, breach. libs.deadlines computes every instant.

A clock is met in time before its due instant; from that instant on it is breached, even if nothing has published that
yet. So every transition calls `run_out` first, and the job only publishes earlier what the next transition would
publish.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from libs.deadlines import BusinessTime, Deadline, ElapsedTime, Pause, due_at, explain
from services.tickets.clocks.events import DeadlineBreached, DeadlineWarned
from services.tickets.record.domain.clock import Clock
from services.tickets.record.domain.policy import Terms
from services.tickets.record.domain.states import ClockState, ClockType, SlaOutcome
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.events import TicketEvent

Transition = tuple[Ticket, tuple[TicketEvent, ...]]


def start(type: ClockType, terms: Terms, *, at: datetime, paused: bool = False) -> Clock:
    """A new clock that runs from `at` on; paused at once if the ticket waits."""
    allowance = terms.rule(type).allowance
    assert isinstance(allowance, BusinessTime | ElapsedTime), "policies have units of time only"
    clock = Clock(type=type, state=ClockState.RUNNING, target=allowance.span, start_time=at)
    return pause(clock, at) if paused else _timed(clock, terms)


def pause(clock: Clock, now: datetime) -> Clock:
    """The clock, paused from `now` on; unchanged if it does not run."""
    if clock.state is not ClockState.RUNNING:
        return clock
    pauses = (*clock.pauses, Pause(now))
    return replace(clock, state=ClockState.PAUSED, pauses=pauses, due_time=None, warn_time=None)


def resume(clock: Clock, terms: Terms, now: datetime) -> Clock:
    """The clock, running again; unchanged if it is not paused."""
    if clock.state is not ClockState.PAUSED:
        return clock
    pauses = tuple(Pause(one.since, now) if one.until is None else one for one in clock.pauses)
    return _timed(replace(clock, state=ClockState.RUNNING, pauses=pauses), terms)


def meet(clock: Clock, terms: Terms, now: datetime) -> Clock:
    """The clock, met in time or late; unchanged if it was met or stopped before. The caller calls `run_out` before."""
    if not clock.unanswered:
        return clock
    resumed = resume(clock, terms, now)
    state = ClockState.BREACHED if resumed.state is ClockState.BREACHED else ClockState.MET
    return replace(resumed, state=state, meet_time=now)


def reopen(clock: Clock, terms: Terms, now: datetime) -> Clock:
    """The clock, no longer met: it continues where it stopped, and the time since then does not count. Unchanged if it
    was not met."""
    if clock.meet_time is None:
        return clock
    if clock.state is ClockState.BREACHED:
        return replace(clock, meet_time=None)
    pauses = (*clock.pauses, Pause(clock.meet_time, now))
    return _timed(replace(clock, state=ClockState.RUNNING, pauses=pauses, meet_time=None), terms)


def stop(clock: Clock) -> Clock:
    """The clock, stopped; unchanged if it was met or breached."""
    return replace(clock, state=ClockState.STOPPED) if _may_run_out(clock) else clock


def run_out(clock: Clock, now: datetime) -> Clock:
    """The clock as of now: breached at its due instant, or marked as warned, or unchanged."""
    if clock.state is not ClockState.RUNNING or clock.due_time is None or clock.warn_time is None:
        return clock
    if clock.due_time <= now:
        return replace(clock, state=ClockState.BREACHED, breach_time=clock.due_time)
    return replace(clock, warned=clock.warned or clock.warn_time <= now)


def outcome(clocks: tuple[Clock, ...], *, breached_before: bool) -> SlaOutcome | None:
    """The outcome of all clocks; None while one can still be breached, or if none was met or breached."""
    if any(_may_run_out(clock) for clock in clocks):
        return None
    if breached_before or any(clock.state is ClockState.BREACHED for clock in clocks):
        return SlaOutcome.BREACHED
    return SlaOutcome.MET if any(clock.state is ClockState.MET for clock in clocks) else None


def explained(clock: Clock, terms: Terms) -> Deadline:
    """The explanation of the clock's deadline."""
    return explain(terms.rule(clock.type), terms.calendar, start=clock.start_time, pauses=clock.pauses)


def _may_run_out(clock: Clock) -> bool:
    return clock.state in (ClockState.RUNNING, ClockState.PAUSED)


def _timed(clock: Clock, terms: Terms) -> Clock:
    """The clock with the due and warning instants that follow from its pauses, none of which is open."""
    rule = terms.rule(clock.type)
    due, warn = (
        due_at(rule, terms.calendar, start=clock.start_time, pauses=clock.pauses, percent=percent)
        for percent in (100, terms.warn_percent)
    )
    return replace(clock, due_time=due, warn_time=warn)


def with_clocks(ticket: Ticket, clocks: tuple[Clock, ...]) -> Ticket:
    """The ticket with these clocks and all fields that follow from them."""
    breached = ticket.breached or any(clock.breach_time is not None for clock in clocks)
    sweeps = [at for clock in clocks if (at := clock.sweep_time) is not None]
    dues = [clock.due_time for clock in clocks if clock.sweep_time is not None and clock.due_time is not None]
    return replace(
        ticket,
        clocks=clocks,
        breached=breached,
        sweep_time=min(sweeps, default=None),
        due_time=min(dues, default=None),
        sla_outcome=outcome(clocks, breached_before=breached) if clocks else ticket.sla_outcome,
    )


def clocked(ticket: Ticket, change: Callable[[Clock], Clock]) -> Ticket:
    """The ticket with `change` applied to each of its clocks."""
    return with_clocks(ticket, tuple(change(clock) for clock in ticket.clocks))


def tell_clocks(ticket: Ticket, *, now: datetime) -> Transition:
    """The ticket with its clocks as of now, and the events of new warnings and breaches; each is published once for
    each start of a clock."""
    told = tuple(run_out(clock, now) for clock in ticket.clocks)
    if told == ticket.clocks:
        return ticket, ()
    events = tuple(_told(ticket, clock) for before, clock in zip(ticket.clocks, told, strict=True) if clock != before)
    return replace(with_clocks(ticket, told), update_time=now), events


def _told(ticket: Ticket, clock: Clock) -> TicketEvent:
    if clock.state is ClockState.BREACHED:
        assert clock.breach_time is not None, "breached at some instant"
        return DeadlineBreached(
            ticket_id=ticket.id, partner_id=ticket.partner_id, clock_type=clock.type, breach_time=clock.breach_time
        )
    assert clock.due_time is not None, "only a running clock is warned of"
    return DeadlineWarned(
        ticket_id=ticket.id, partner_id=ticket.partner_id, clock_type=clock.type, due_time=clock.due_time
    )
