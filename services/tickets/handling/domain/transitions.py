"""Every move a ticket can make: the tables of states.py say from where. Each returns the changed ticket and its
events; warnings and breaches that are due come first."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.errors import InvalidInput, Violation, require_state
from libs.person import PersonalText
from services.tickets.clocks import domain as clocks
from services.tickets.clocks.domain import Transition, clocked, tell_clocks, with_clocks
from services.tickets.handling.domain.refusals import ReopenTooLate
from services.tickets.handling.events import (
    SurveyOpened,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketPaused,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from services.tickets.record.domain.states import (
    MAY_ASSIGN,
    MAY_CLOSE,
    MAY_PAUSE,
    MAY_REOPEN,
    MAY_RESOLVE,
    MAY_RESUME,
    WITHOUT_SOLUTION,
    ClockType,
    CloseCode,
    PendingReason,
    TicketState,
    waits_as,
)
from services.tickets.record.domain.ticket import Ticket

REOPENABLE = timedelta(days=14)
ANSWERABLE = REOPENABLE  # what a report says of a day stands from then on


def create(ticket: Ticket, *, now: datetime) -> Transition:
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


def assign(ticket: Ticket, group: str, assignee: str, *, now: datetime) -> Transition:
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


def set_pending(ticket: Ticket, reason: PendingReason, *, now: datetime) -> Transition:
    """Let the ticket wait, and pause its clocks."""
    require_state("ticket", ticket.id, ticket.state, action="wait", allowed=MAY_PAUSE)
    ticket, told = tell_clocks(ticket, now=now)
    waiting = replace(clocked(ticket, lambda clock: clocks.pause(clock, now)), update_time=now)
    after = replace(waiting, state=waits_as(reason), pending_reason=reason)
    event = TicketPaused(ticket_id=ticket.id, partner_id=ticket.partner_id, state=after.state, pending_reason=reason)
    return after, (*told, event)


def resume(ticket: Ticket, *, now: datetime) -> Transition:
    """Wait no more."""
    require_state("ticket", ticket.id, ticket.state, action="resume", allowed=MAY_RESUME)
    ticket, told = tell_clocks(ticket, now=now)
    going = clocked(ticket, lambda clock: clocks.resume(clock, ticket.terms, now))
    after = replace(going, state=TicketState.OPEN, pending_reason=None, update_time=now)
    return after, (*told, TicketResumed(ticket_id=ticket.id, partner_id=ticket.partner_id))


def resolve(ticket: Ticket, code: str, note: PersonalText | None, *, now: datetime) -> Transition:
    """Solved, to the vendor's mind; every open clock is met, in time or late."""
    require_state("ticket", ticket.id, ticket.state, action="resolve", allowed=MAY_RESOLVE)
    ticket, told = tell_clocks(ticket, now=now)
    met = clocked(ticket, lambda clock: clocks.meet(clock, ticket.terms, now))
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


def close(ticket: Ticket, code: CloseCode, *, now: datetime) -> Transition:
    """Over: CLOSED if it was solved, CANCELED if not, which only some codes can say."""
    require_state("ticket", ticket.id, ticket.state, action="close", allowed=MAY_CLOSE)
    solved = ticket.state is TicketState.RESOLVED
    if not solved and code not in WITHOUT_SOLUTION:
        described = f"a ticket that is not RESOLVED ends as DUPLICATE or CANCELED, not as {code.name}"
        raise InvalidInput([Violation("close_code", described, "CODE_NEEDS_RESOLUTION")])
    ticket, told = tell_clocks(ticket, now=now)
    after = replace(
        clocked(ticket, clocks.stop),
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


def reopen(ticket: Ticket, *, now: datetime) -> Transition:
    """Reopen the ticket: the resolution clock continues where it stopped."""
    require_state("ticket", ticket.id, ticket.state, action="reopen", allowed=MAY_REOPEN)
    if ticket.close_time is not None and now - ticket.close_time > REOPENABLE:
        raise ReopenTooLate(ticket.id, ticket.close_time + REOPENABLE)
    ticket, told = tell_clocks(ticket, now=now)
    going = clocked(
        ticket,
        lambda clock: clocks.reopen(clock, ticket.terms, now) if clock.type is ClockType.RESOLUTION else clock,
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


def _asks(ticket: Ticket, code: CloseCode) -> bool:
    """Whether closing the ticket makes somebody ask what its requester thinks."""
    return ticket.state is TicketState.RESOLVED and code not in WITHOUT_SOLUTION and ticket.satisfaction is None
