"""Filing tickets and looking them up."""

from datetime import datetime
from typing import NamedTuple

from libs.call import Command
from libs.country import country_violations
from libs.deadlines import Deadline
from libs.errors import InvalidInput, NotFound, Violation
from libs.partner import PartnerFacts
from libs.peers import acting_partner
from libs.person import Person, PersonalText, home_violations, require_homes
from libs.privacy.aliases import alias_writes, identified
from libs.store.listing import fitting
from libs.store.port import ROWS_PER_PAGE, Page, Put, Query, Scalar, Write, create
from services.tickets.documents import COMMENTS, HISTORY, ORDERS, TICKETS
from services.tickets.domain import clocks, moves
from services.tickets.domain.clocks import Clock
from services.tickets.domain.refusals import OrderNotOfPartner
from services.tickets.domain.states import (
    MAY_FILE,
    Channel,
    ClockType,
    Impact,
    TicketState,
    Urgency,
    Visibility,
    priority_of,
)
from services.tickets.domain.ticket import Comment, Ticket, TicketChange, snapshot
from services.tickets.usecases.records import persons, promised, recorded
from services.tickets.usecases.settings import Env

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


class ListTickets(Command, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing."""

    page_size: int = 0
    page_token: str = ""
    partner_id: str = ""
    state: TicketState | None = None
    order_id: str = ""
    serial: str = ""
    assignment_group: str = ""
    due_before: datetime | None = None
    external_source: str = ""
    external_id: str = ""


class ExplainDeadline(Command, frozen=True, kw_only=True):
    """Ask why a clock runs out when it does."""

    id: str
    clock_type: ClockType


class Told(NamedTuple):
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
        await _require_order(env, cmd.order_id, cmd.partner_id)
    requester = identified(cmd.requester, env.ids)
    assert requester is not None, "the wrapper refused a ticket without a requester"
    ticket = filed(env, cmd, requester=requester, country=country)
    ticket, events = moves.create(ticket, now=ticket.create_time)
    put, writes = begun(env, ticket)
    return await env.commit(put, *writes, events=events, call=cmd.call)


async def get_ticket(env: Env, cmd: GetTicket) -> Told:
    """The ticket as it is now; a partner's people see no work notes."""
    ticket = await env.show(TICKETS, cmd.id, call=cmd.call)
    internal = not cmd.call.caller.partner_id
    return Told(
        ticket=ticket,
        comments=await _said(env, cmd.id, Visibility.PARTNER),
        work_notes=await _said(env, cmd.id, Visibility.INTERNAL) if internal else (),
        changes=await _changes(env, cmd.id),
    )


async def list_tickets(env: Env, cmd: ListTickets) -> Page[Ticket]:
    """By id; by the next deadline where that is asked for."""
    if cmd.external_id and not cmd.external_source:
        raise InvalidInput([Violation("external_source", "is needed with external_id", "REQUIRED")])
    return await env.listing(
        TICKETS,
        {
            "partner_id": cmd.partner_id,
            "state": cmd.state,
            "order_id": cmd.order_id,
            "serial": cmd.serial,
            "assignment_group": cmd.assignment_group,
            "external_source": cmd.external_source,
            "external_id": cmd.external_id,
        },
        call=cmd.call,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
        order="due_time" if cmd.due_before else "",
        below=cmd.due_before,
    )


async def explain_deadline(env: Env, cmd: ExplainDeadline) -> tuple[Clock, Deadline]:
    """A clock, and why it runs out when it does; NotFound if the ticket has none of this type."""
    ticket = await env.show(TICKETS, cmd.id, call=cmd.call)
    clock = ticket.clock(cmd.clock_type)
    if clock is None:
        raise NotFound("clock", f"{cmd.id} {cmd.clock_type.name}")
    return clock, clocks.explained(clock, ticket.terms)


def filed(env: Env, cmd: CreateTicket, *, requester: Person, country: str) -> Ticket:
    """What is filed now by today's policy; its clocks do not run yet."""
    now, policy, priority = env.clock.now(), env.settings.policy, priority_of(cmd.impact, cmd.urgency)
    return Ticket(
        id=env.ids.new("tkt"),
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
        state=TicketState.NEW,
        impact=cmd.impact,
        urgency=cmd.urgency,
        priority=priority,
        service_policy_id=policy.id,
        service_policy_version=policy.version,
        terms=promised(env, priority, country),
        create_time=now,
        update_time=now,
    )


def begun(env: Env, ticket: Ticket) -> tuple[Put[Ticket], tuple[Write, ...]]:
    """The write of a new ticket, and the writes that go with it."""
    ticket, entry = recorded(ticket, (snapshot(ticket, ticket.create_time),))
    found = alias_writes(env.settings.keys, TICKETS, ticket.id, after=persons(ticket))
    return create(TICKETS, ticket), (entry, *found)


def country_of(env: Env, country: str, partner: PartnerFacts, *, requester: Person) -> str:
    """The country whose calendar counts: as given, else the partner's; InvalidInput, and WrongCell if it or where the
    requester lives is served elsewhere."""
    found = country or partner.country
    if not found:
        raise InvalidInput([Violation("country", "is needed, that of the partner is not known here", "REQUIRED")])
    if wrong := [*country_violations(found), *home_violations(requester=requester)]:
        raise InvalidInput(wrong)
    env.directory.require_country(found)
    require_homes(env.directory, requester=requester)
    return found


async def _require_order(env: Env, order_id: str, partner_id: str) -> None:
    order = await env.store.get(ORDERS, order_id)
    if order is None or order.value.partner_id != partner_id:
        raise OrderNotOfPartner(order_id, partner_id)


async def _said(env: Env, ticket_id: str, visibility: Visibility) -> tuple[Comment, ...]:
    equals: dict[str, Scalar] = {"ticket_id": ticket_id, "visibility": visibility}
    page = await env.store.find(Query(kind=COMMENTS, equals=equals, order="number", descending=True, limit=SHOWN))
    newest = [held.value for held in page.rows]
    return tuple(reversed(newest[: fitting(newest, SHOWN_BYTES)]))


async def _changes(env: Env, ticket_id: str) -> tuple[TicketChange, ...]:
    page = await env.store.find(
        Query(kind=HISTORY, equals={"ticket_id": ticket_id}, order="number", descending=True, limit=SHOWN)
    )
    return tuple(change for held in reversed(page.rows) for change in held.value.changes)[-SHOWN:]
