"""Merges a duplicate into another ticket, and splits a part of a ticket into a new one."""

from libs.call import ResourceCommand
from libs.person import PersonalText
from services.tickets.handling.domain.filing import Filing
from services.tickets.handling.reads import begun, filed
from services.tickets.linking import domain
from services.tickets.record.documents import TICKETS
from services.tickets.record.domain.states import Impact, Urgency
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.reads import about, moved
from services.tickets.settings import Env


class MergeTicket(ResourceCommand, frozen=True, kw_only=True):
    """Merge this ticket, a duplicate, into another one."""

    into_ticket_id: str


class SplitTicket(ResourceCommand, frozen=True, kw_only=True):
    """Split a part of a ticket into a new one. category, impact, urgency: if empty, those of the first ticket."""

    subject: PersonalText
    description: PersonalText | None = None
    category: str = ""
    subcategory: str = ""
    impact: Impact | None = None
    urgency: Urgency | None = None


async def merge_ticket(env: Env, cmd: MergeTicket) -> Ticket:
    """The duplicate, ended. One commit writes both tickets, so that neither can change in between."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    other = await env.load(TICKETS, cmd.into_ticket_id, call=cmd.call)
    (ended, told), (into, told_of_into) = domain.merge(loaded.value, other.value, now=env.clock.now())
    ended, writes = moved(loaded, ended)
    into, more = moved(other, into)
    ending, going_on = loaded.put(ended), other.put(into)
    events = about(told, ending.document) + about(told_of_into, going_on.document)
    return await env.commit(ending, going_on, *writes, *more, events=events, call=cmd.call)


async def split_ticket(env: Env, cmd: SplitTicket) -> Ticket:
    """The new ticket."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    first = loaded.value
    part = filed(env, _filing(cmd, first))
    (first, told), (part, told_of_part) = domain.split(first, part, now=part.create_time)
    beginning, writes = begun(env, part)
    first, more = moved(loaded, first)
    staying = loaded.put(first)
    events = about(told_of_part, beginning.document) + about(told, staying.document)
    return await env.commit(beginning, staying, *writes, *more, events=events, call=cmd.call)


def _filing(cmd: SplitTicket, first: Ticket) -> Filing:
    """The filing of the part, as if the requester of the first ticket had filed it."""
    return Filing(
        partner_id=first.partner_id,
        order_id=first.order_id,
        sku=first.sku,
        serial=first.serial,
        requester=first.requester,
        subject=cmd.subject,
        description=cmd.description,
        category=cmd.category or first.category,
        subcategory=cmd.subcategory if cmd.category or cmd.subcategory else first.subcategory,
        channel=first.channel,
        country=first.country,
        impact=cmd.impact or first.impact,
        urgency=cmd.urgency or first.urgency,
    )
