"""Filing tickets and looking them up."""

from datetime import datetime
from typing import NamedTuple

from libs.call import Call, Command
from libs.errors import InvalidInput, NotYetKnown, Violation
from libs.partner_projection import acting_partner
from libs.person import Person, PersonalText
from libs.privacy.aliases import identified, recognised, sought
from libs.privacy.finding import naming
from libs.store.listing import Sieve, fitting
from libs.store.paging import UPDATED, ListCommand, Range, filters_of, paged
from libs.store.port import ROWS_PER_PAGE, Page, Query, Scalar, get
from services.tickets.handling.documents import ORDERS
from services.tickets.handling.domain import transitions
from services.tickets.handling.domain.filing import Filing
from services.tickets.handling.domain.refusals import OrderNotOfPartner
from services.tickets.handling.reads import begun, country_of, filed
from services.tickets.record.documents import COMMENTS, HISTORY, TICKETS
from services.tickets.record.domain.persons import assignee_text
from services.tickets.record.domain.states import (
    MAY_FILE,
    Channel,
    Impact,
    Priority,
    TicketState,
    Urgency,
    Visibility,
)
from services.tickets.record.domain.ticket import Comment, Ticket, TicketChange
from services.tickets.record.reads import assignees_renewed
from services.tickets.settings import Env

_DUE = Range("due_time", "due_from", "due_before")
SHOWN = ROWS_PER_PAGE  # of each stream and of the history, the newest
SHOWN_BYTES = 1024 * 1024  # of each stream, so that the answer is not larger than a client takes


class CreateTicket(Command, frozen=True, kw_only=True):
    """File a ticket. country: empty for the partner's."""

    partner_id: str
    order_id: str = ""
    sku: str = ""
    serial: str = ""
    requester: Person
    subject: PersonalText
    description: PersonalText | None = None
    category: str = ""
    subcategory: str = ""
    channel: Channel
    country: str = ""
    impact: Impact
    urgency: Urgency


class GetTicket(Command, frozen=True, kw_only=True):
    """Look one up."""

    id: str


class ListTickets(ListCommand, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing. Of the three fields of the requester one at most is given."""

    partner_id: str = ""
    state: TicketState | None = None
    order_id: str = ""
    serial: str = ""
    assignment_group: str = ""
    assignee: str = ""
    priority: Priority | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None
    external_source: str = ""
    external_id: str = ""
    requester_email: str = ""
    requester_phone: str = ""
    requester_person_id: str = ""


class TicketWithHistory(NamedTuple):
    """A ticket with what was said and how it went, each oldest first."""

    ticket: Ticket
    comments: tuple[Comment, ...]
    work_notes: tuple[Comment, ...]
    changes: tuple[TicketChange, ...]


async def create_ticket(env: Env, cmd: CreateTicket) -> Ticket:
    """A new ticket in NEW, its clocks running."""
    partner = await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=MAY_FILE)
    country = country_of(env, cmd.country, partner, requester=cmd.requester)
    if cmd.order_id:
        await _require_order(env, cmd.order_id, cmd.partner_id, call=cmd.call)
    requester = identified(cmd.requester, env.ids)
    assert requester is not None, "the wrapper refused a ticket without a requester"
    filing = Filing(
        partner_id=cmd.partner_id,
        order_id=cmd.order_id,
        sku=cmd.sku,
        serial=cmd.serial,
        requester=requester,
        subject=cmd.subject,
        description=cmd.description,
        category=cmd.category,
        subcategory=cmd.subcategory,
        channel=cmd.channel,
        country=country,
        impact=cmd.impact,
        urgency=cmd.urgency,
    )
    ticket = filed(env, filing)
    ticket, events = transitions.create(ticket, now=ticket.create_time)
    put, writes = begun(env, ticket)
    return await env.commit(put, *writes, events=events, call=cmd.call)


async def get_ticket(env: Env, cmd: GetTicket) -> TicketWithHistory:
    """The ticket as it is now; a partner's people see no work notes."""
    ticket = await env.show(TICKETS, cmd.id, call=cmd.call)
    internal = not cmd.call.caller.partner_id
    return TicketWithHistory(
        ticket=ticket,
        comments=await _said(env, cmd.id, Visibility.PARTNER),
        work_notes=await _said(env, cmd.id, Visibility.INTERNAL) if internal else (),
        changes=await _changes(env, cmd.id),
    )


async def list_tickets(env: Env, cmd: ListTickets) -> Page[Ticket]:
    """By id; by the next deadline or the last change where that is asked for, but for those of a requester."""
    if cmd.external_id and not cmd.external_source:
        raise InvalidInput([Violation("external_source", "is needed with external_id", "REQUIRED")])
    filters = filters_of(cmd, "partner_id", "state", "order_id", "serial", "assignment_group", "priority")
    filters |= filters_of(cmd, "external_source", "external_id")
    page = paged(cmd, UPDATED, _DUE)
    sieve = None
    if cmd.assignee and await assignees_renewed(env):
        filters["assignee_key"] = env.keys.keyed(assignee_text(cmd.assignee))
    elif cmd.assignee:
        sieve = Sieve(lambda ticket: ticket.assignee == cmd.assignee, f"assigned to {cmd.assignee}")
    requester = Person(email=cmd.requester_email, phone=cmd.requester_phone, person_id=cmd.requester_person_id)
    if requester == Person():
        return await env.listing(TICKETS, filters, call=cmd.call, sieve=sieve, **page)
    if page["order"]:
        why = "the tickets of a requester come by id: leave out another order, and ranges"
        raise InvalidInput([Violation("order_by", why, "NOT_WITH_REQUESTER")])
    return await env.listing(
        TICKETS, filters, call=cmd.call, sieve=_filed_by(env, requester, sieve, call=cmd.call), **page
    )


def _filed_by(env: Env, requester: Person, also: Sieve | None, *, call: Call) -> Sieve:
    """The tickets in which the requester is recognised, and which pass `also`; not those in which a text names them,
    nor those with a restricted person, but for compliance."""
    asked = sought(env.keys, requester, "")

    def keep(ticket: Ticket) -> bool:
        filed = recognised(env.keys, ticket.requester, ticket.country) & asked
        return bool(filed) and (also is None or also.keep(ticket))

    return Sieve(
        keep,
        f"filed by {sorted(asked)} {also.mark if also else ''}",
        env.restrictions.unless_restricted(naming(env.store, TICKETS, asked), call),
    )


async def _require_order(env: Env, order_id: str, partner_id: str, *, call: Call) -> None:
    """OrderNotOfPartner; NotYetKnown, to a partner's people also for an order of another."""
    order = await get(env.store, ORDERS, order_id)
    if order is not None and order.value.partner_id == partner_id:
        return
    if order is None or call.caller.partner_id:
        raise NotYetKnown(ORDERS.name, order_id)
    raise OrderNotOfPartner(order_id, partner_id)


async def _said(env: Env, ticket_id: str, visibility: Visibility) -> tuple[Comment, ...]:
    equals: dict[str, Scalar] = {"ticket_id": ticket_id, "visibility": visibility}
    page = await env.store.find(Query(kind=COMMENTS, equals=equals, order="number", descending=True, limit=SHOWN))
    shown = page.rows[: fitting(page.rows, SHOWN_BYTES)]
    return tuple(loaded.value for loaded in reversed(shown))


async def _changes(env: Env, ticket_id: str) -> tuple[TicketChange, ...]:
    page = await env.store.find(
        Query(kind=HISTORY, equals={"ticket_id": ticket_id}, order="number", descending=True, limit=SHOWN)
    )
    return tuple(change for loaded in reversed(page.rows) for change in loaded.value.changes)[-SHOWN:]
