"""Finds the open tickets of a partner or an assignee, and hands one over."""

from collections.abc import Mapping, Sequence

from libs.handover import Leaving, MoveRow
from libs.handover_row import HandoverStay
from libs.partner_projection import PARTNERS
from libs.store.port import Scalar, get
from services.tickets.handover import domain
from services.tickets.record.documents import TICKETS
from services.tickets.record.domain.persons import assignee_text
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.reads import keyed_assignee, moved
from services.tickets.settings import Env


def found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """The tickets of the partner, or of the assignee, that have not ended."""
    states = sorted(domain.OPEN, key=lambda one: one.name)
    if leaving.partner_id:
        return [{"partner_id": leaving.partner_id, "state": one} for one in states]
    return [{"assignee_key": env.keys.keyed(assignee_text(leaving.user)), "state": one} for one in states]


async def stays(env: Env, ticket: Ticket, leaving: Leaving) -> HandoverStay | None:
    """Why a ticket stays; None if it moves. StoreUnavailable."""
    if not leaving.partner_id:
        return None
    target = await get(env.store, PARTNERS, leaving.target_partner_id)
    return domain.stay_of(target.value if target else None)


async def hand_over_ticket(env: Env, cmd: MoveRow) -> Ticket:
    """The ticket with its new partner or assignee; unchanged if it is not the leaver's any more, has ended, or
    stays."""
    leaving, now = cmd.leaving, env.clock.now()
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call)
    ticket = loaded.value
    of_leaver = ticket.partner_id == leaving.partner_id if leaving.partner_id else ticket.assignee == leaving.user
    if not of_leaver or ticket.state not in domain.OPEN or await stays(env, ticket, leaving) is not None:
        return ticket
    of = leaving.handover_id
    if leaving.partner_id:
        after, event = domain.to_partner(ticket, leaving.target_partner_id, handover_id=of, now=now)
    else:
        after, event = domain.to_assignee(ticket, leaving.target_user, handover_id=of, now=now)
    after, history = moved(loaded, keyed_assignee(env, after, ticket))
    return await env.commit(loaded.put(after), *history, cmd.receipt, events=[event], call=cmd.call)
