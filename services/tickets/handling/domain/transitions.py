"""All transitions of a ticket; states.py defines from which states each is allowed (WrongState otherwise). Each returns
the changed ticket and its events, with due warnings and breaches first."""

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
ANSWERABLE = REOPENABLE  # the figures of a report are final from then on


def create(ticket: Ticket, *, now: datetime) -> Transition:
    """The new ticket with its clocks started."""
    begin = (ClockType.FIRST_RESPONSE, ClockType.RESOLUTION)
    started = tuple(clocks.start(one, ticket.terms, at=now) for one in begin)
    event = TicketCreated(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        order_id=ticket.order_id,
        channel=ticket.channel,
        priority=ticket.priority,
        country=ticket.country,
        sku=ticket.sku,
        serial=ticket.serial,
    )
    return with_clocks(ticket, started), (event,)


def assign(ticket: Ticket, group: str, assignee: str, *, now: datetime) -> Transition:
    """The ticket, assigned to a group, a person or both; unchanged if it has them already. A person without a group
    leaves the group as it is; a group without a person removes the person."""
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
    """The ticket, waiting for `reason`, with its clocks paused."""
    require_state("ticket", ticket.id, ticket.state, action="wait", allowed=MAY_PAUSE)
    ticket, told = tell_clocks(ticket, now=now)
    waiting = replace(clocked(ticket, lambda clock: clocks.pause(clock, now)), update_time=now)
    after = replace(waiting, state=waits_as(reason), pending_reason=reason)
    event = TicketPaused(ticket_id=ticket.id, partner_id=ticket.partner_id, state=after.state, pending_reason=reason)
    return after, (*told, event)


def resume(ticket: Ticket, *, now: datetime) -> Transition:
    """The ticket, OPEN again, with its clocks running."""
    require_state("ticket", ticket.id, ticket.state, action="resume", allowed=MAY_RESUME)
    ticket, told = tell_clocks(ticket, now=now)
    going = clocked(ticket, lambda clock: clocks.resume(clock, ticket.terms, now))
    after = replace(going, state=TicketState.OPEN, pending_reason=None, update_time=now)
    return after, (*told, TicketResumed(ticket_id=ticket.id, partner_id=ticket.partner_id))


def resolve(ticket: Ticket, code: str, note: PersonalText | None, *, now: datetime) -> Transition:
    """The ticket, RESOLVED; every open clock is met, in time or late."""
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
    """The ticket, CLOSED if it was RESOLVED, else CANCELED, with a survey opened if one is due. InvalidInput for a code
    that needs a resolution."""
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
    """The ticket, OPEN again; its resolution clock continues where it stopped. ReopenTooLate."""
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
    """Whether closing the ticket opens a survey."""
    return ticket.state is TicketState.RESOLVED and code not in WITHOUT_SOLUTION and ticket.satisfaction is None
