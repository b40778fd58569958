"""Every move a ticket can make: the tables of states.py say from where. Each gives the ticket as it is after it and
what is to be told; what its clocks had to tell by then comes first."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.errors import InvalidInput, Violation, require_state
from libs.person import PersonalText
from services.tickets.domain import clocks
from services.tickets.domain.clocks import Clock
from services.tickets.domain.events import (
    DeadlineBreached,
    DeadlineWarned,
    SatisfactionRecorded,
    SurveyOpened,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketEvent,
    TicketPaused,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from services.tickets.domain.refusals import AlreadyRecorded, ReopenTooLate, SurveyExpired
from services.tickets.domain.states import (
    MAY_ASSIGN,
    MAY_CLOSE,
    MAY_PAUSE,
    MAY_RATE,
    MAY_REOPEN,
    MAY_RESOLVE,
    MAY_RESUME,
    WITHOUT_SOLUTION,
    ClockState,
    ClockType,
    CloseCode,
    PendingReason,
    TicketState,
    waits_as,
)
from services.tickets.domain.ticket import Satisfaction, Ticket, with_clocks

REOPENABLE = timedelta(days=14)
ANSWERABLE = REOPENABLE  # what a report says of a day stands from then on

Moved = tuple[Ticket, tuple[TicketEvent, ...]]


def create(ticket: Ticket, *, now: datetime) -> Moved:
    """In NEW, its clocks started."""
    begin = (ClockType.FIRST_RESPONSE, ClockType.RESOLUTION)
    started = tuple(clocks.start(one, ticket.terms, at=now) for one in begin)
    event = TicketCreated(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        order_id=ticket.order_id,
        channel=ticket.channel,
        priority=ticket.priority,
        country=ticket.country,
    )
    return with_clocks(ticket, started), (event,)


def tell_clocks(ticket: Ticket, *, now: datetime) -> Moved:
    """Warn of what runs out soon, and say what has run out; each once for each start of a clock."""
    told = tuple(clocks.run_out(clock, now) for clock in ticket.clocks)
    if told == ticket.clocks:
        return ticket, ()
    events = tuple(_told(ticket, clock) for before, clock in zip(ticket.clocks, told, strict=True) if clock != before)
    return replace(with_clocks(ticket, told), update_time=now), events


def assign(ticket: Ticket, group: str, assignee: str, *, now: datetime) -> Moved:
    """Give it to a group, a person or both; it is as it is if they have it. A person alone leaves the group; a group
    alone drops the person, whom it did not name."""
    require_state("ticket", ticket.id, ticket.state, action="assign", allowed=MAY_ASSIGN)
    ticket, told = tell_clocks(ticket, now=now)
    group = group or ticket.assignment_group
    moved = (group, assignee) != (ticket.assignment_group, ticket.assignee)
    if not moved and ticket.state is not TicketState.NEW:
        return ticket, told
    again = moved and bool(ticket.assignment_group or ticket.assignee)
    after = replace(
        ticket,
        state=TicketState.OPEN if ticket.state is TicketState.NEW else ticket.state,
        assignment_group=group,
        assignee=assignee,
        reassignment_count=ticket.reassignment_count + again,
        update_time=now,
    )
    event = TicketAssigned(ticket_id=ticket.id, partner_id=ticket.partner_id, assignment_group=group)
    return after, (*told, event)


def set_pending(ticket: Ticket, reason: PendingReason, *, now: datetime) -> Moved:
    """Wait, and let the clocks stand still."""
    require_state("ticket", ticket.id, ticket.state, action="wait", allowed=MAY_PAUSE)
    ticket, told = tell_clocks(ticket, now=now)
    waiting = replace(_clocked(ticket, lambda clock: clocks.pause(clock, now)), update_time=now)
    after = replace(waiting, state=waits_as(reason), pending_reason=reason)
    event = TicketPaused(ticket_id=ticket.id, partner_id=ticket.partner_id, state=after.state, pending_reason=reason)
    return after, (*told, event)


def resume(ticket: Ticket, *, now: datetime) -> Moved:
    """Wait no more."""
    require_state("ticket", ticket.id, ticket.state, action="resume", allowed=MAY_RESUME)
    ticket, told = tell_clocks(ticket, now=now)
    going = _clocked(ticket, lambda clock: clocks.resume(clock, ticket.terms, now))
    after = replace(going, state=TicketState.OPEN, pending_reason=None, update_time=now)
    return after, (*told, TicketResumed(ticket_id=ticket.id, partner_id=ticket.partner_id))


def resolve(ticket: Ticket, code: str, note: PersonalText | None, *, now: datetime) -> Moved:
    """Solved, to the vendor's mind; every open clock is met, in time or late."""
    require_state("ticket", ticket.id, ticket.state, action="resolve", allowed=MAY_RESOLVE)
    ticket, told = tell_clocks(ticket, now=now)
    met = _clocked(ticket, lambda clock: clocks.meet(clock, ticket.terms, now))
    after = replace(
        met,
        state=TicketState.RESOLVED,
        pending_reason=None,
        resolution_code=code,
        resolution_note=note,
        resolve_time=now,
        update_time=now,
    )
    return after, (*told, TicketResolved(ticket_id=ticket.id, partner_id=ticket.partner_id))


def close(ticket: Ticket, code: CloseCode, *, now: datetime) -> Moved:
    """Over: CLOSED if it was solved, CANCELED if not, which only some codes can say."""
    require_state("ticket", ticket.id, ticket.state, action="close", allowed=MAY_CLOSE)
    solved = ticket.state is TicketState.RESOLVED
    if not solved and code not in WITHOUT_SOLUTION:
        described = f"a ticket that is not RESOLVED ends as DUPLICATE or CANCELED, not as {code.name}"
        raise InvalidInput([Violation("close_code", described, "CODE_NEEDS_RESOLUTION")])
    ticket, told = tell_clocks(ticket, now=now)
    after = replace(
        _clocked(ticket, clocks.stop),
        state=TicketState.CLOSED if solved else TicketState.CANCELED,
        pending_reason=None,
        close_code=code,
        close_time=now,
        survey_expire_time=now + ANSWERABLE if _asks(ticket, code) else None,
        update_time=now,
    )
    event = TicketClosed(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        state=after.state,
        close_code=code,
        sla_outcome=after.sla_outcome,
    )
    if after.survey_expire_time is None:
        return after, (*told, event)
    asked = SurveyOpened(ticket_id=ticket.id, partner_id=ticket.partner_id, expire_time=after.survey_expire_time)
    return after, (*told, event, asked)


def reopen(ticket: Ticket, *, now: datetime) -> Moved:
    """Not over after all: the resolution clock goes on where it stood."""
    require_state("ticket", ticket.id, ticket.state, action="reopen", allowed=MAY_REOPEN)
    if ticket.close_time is not None and now - ticket.close_time > REOPENABLE:
        raise ReopenTooLate(ticket.id, ticket.close_time + REOPENABLE)
    ticket, told = tell_clocks(ticket, now=now)
    going = _clocked(
        ticket,
        lambda clock: clocks.go_on(clock, ticket.terms, now) if clock.type is ClockType.RESOLUTION else clock,
    )
    after = replace(
        going,
        state=TicketState.OPEN,
        close_code=None,
        resolve_time=None,
        close_time=None,
        survey_expire_time=None,
        reopen_count=ticket.reopen_count + 1,
        update_time=now,
    )
    return after, (*told, TicketReopened(ticket_id=ticket.id, partner_id=ticket.partner_id))


def record_satisfaction(ticket: Ticket, given: Satisfaction, *, now: datetime) -> Moved:
    """What the requester thinks of it, once, before the survey expires; a cause needs a complaint."""
    require_state("ticket", ticket.id, ticket.state, action="record satisfaction", allowed=MAY_RATE)
    if given.complaint_cause is not None and given.complaint_type is None:
        described = "is the cause of a complaint; name its complaint_type"
        raise InvalidInput([Violation("complaint_cause", described, "NO_COMPLAINT")])
    if ticket.satisfaction is not None:
        raise AlreadyRecorded(ticket.id)
    if ticket.survey_expire_time is not None and now >= ticket.survey_expire_time:
        raise SurveyExpired(ticket.id, ticket.survey_expire_time)
    ticket, told = tell_clocks(ticket, now=now)
    event = SatisfactionRecorded(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        score=given.score,
        complaint_type=given.complaint_type,
        complaint_cause=given.complaint_cause,
    )
    return replace(ticket, satisfaction=given, update_time=now), (*told, event)


def _asks(ticket: Ticket, code: CloseCode) -> bool:
    """Whether closing the ticket makes somebody ask what its requester thinks."""
    return ticket.state is TicketState.RESOLVED and code not in WITHOUT_SOLUTION and ticket.satisfaction is None


def _clocked(ticket: Ticket, change: Callable[[Clock], Clock]) -> Ticket:
    return with_clocks(ticket, tuple(change(clock) for clock in ticket.clocks))


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
