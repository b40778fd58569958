"""Links between tickets: from a duplicate to the ticket that continues for it, and from a ticket to a part that was
split off.

A duplicate stays ended, and nothing is merged into an ended ticket, so links form no cycle.
"""

from datetime import datetime

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.tickets.clocks.domain import Transition, tell_clocks
from services.tickets.handling.domain import transitions
from services.tickets.linking.events import TicketLinked, TicketMerged
from services.tickets.record.domain.states import MAY_CANCEL, MAY_LINK, CloseCode
from services.tickets.record.domain.ticket import Ticket

LINKS_PER_TICKET = 100  # of each kind


class PartnersDiffer(AppError):
    """The two tickets belong to different partners. Merging them would show users of one partner texts about the
    other."""

    code, reason = Code.FAILED_PRECONDITION, "PARTNERS_DIFFER"

    def __init__(self, id: str, into_ticket_id: str) -> None:
        super().__init__(f"tickets {id} and {into_ticket_id} are of two partners", id=id, into_ticket_id=into_ticket_id)


class TooManyLinks(AppError):
    """The ticket has the maximum number of links."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_LINKS"

    def __init__(self, id: str, limit: int) -> None:
        super().__init__(f"ticket {id} names {limit} others already, no more fit", id=id, limit=limit)


def merge(duplicate: Ticket, into: Ticket, *, now: datetime) -> tuple[Transition, Transition]:
    """The duplicate, ended, and the ticket that continues for it with unchanged clocks, each with its events.
    InvalidInput, PartnersDiffer, WrongState, TooManyLinks."""
    if duplicate.id == into.id:
        raise InvalidInput([Violation("into_ticket_id", "is the ticket itself", "SAME_TICKET")])
    if duplicate.partner_id != into.partner_id:
        raise PartnersDiffer(duplicate.id, into.id)
    require_state("ticket", duplicate.id, duplicate.state, action="merge", allowed=MAY_CANCEL)
    require_state("ticket", into.id, into.state, action="merge", allowed=MAY_LINK)
    links = _with(into, into.merged_ticket_ids, duplicate.id)
    ended, told = transitions.close(duplicate, CloseCode.DUPLICATE, now=now)
    merged = TicketMerged(ticket_id=ended.id, partner_id=ended.partner_id, into_ticket_id=into.id)
    linked = TicketLinked(ticket_id=into.id, partner_id=into.partner_id, merged_ticket_id=ended.id)
    into, told_of_into = tell_clocks(into, now=now)
    return (
        (replace(ended, merged_into_ticket_id=into.id), (*told, merged)),
        (replace(into, merged_ticket_ids=links, update_time=now), (*told_of_into, linked)),
    )


def split(ticket: Ticket, part: Ticket, *, now: datetime) -> tuple[Transition, Transition]:
    """The ticket with a link to the part, and the new part with its clocks started, each with its events. WrongState,
    TooManyLinks."""
    require_state("ticket", ticket.id, ticket.state, action="split", allowed=MAY_LINK)
    links = _with(ticket, ticket.split_ticket_ids, part.id)
    ticket, told = tell_clocks(ticket, now=now)
    linked = TicketLinked(ticket_id=ticket.id, partner_id=ticket.partner_id, split_ticket_id=part.id)
    return (
        (replace(ticket, split_ticket_ids=links, update_time=now), (*told, linked)),
        transitions.create(replace(part, split_from_ticket_id=ticket.id), now=now),
    )


def _with(ticket: Ticket, links: tuple[str, ...], id: str) -> tuple[str, ...]:
    if len(links) >= LINKS_PER_TICKET:
        raise TooManyLinks(ticket.id, LINKS_PER_TICKET)
    return (*links, id)
