"""The writes of a changed ticket: the ticket and its history."""

from msgspec.structs import replace

from libs.call import Call
from libs.env import About
from libs.store.port import Loaded, Query, Write, create
from services.tickets.record.documents import COMMENTS, HISTORY, TICKETS
from services.tickets.record.domain.persons import ASSIGNEE_RULES, with_assignee
from services.tickets.record.domain.ticket import Comment, HistoryEntry, Ticket, TicketChange, changed, snapshot
from services.tickets.record.events import TicketEvent
from services.tickets.settings import Env


def moved(loaded: Loaded[Ticket], after: Ticket) -> tuple[Ticket, tuple[Write, ...]]:
    """The ticket to be written, and the write of its history if that records the change."""
    before = loaded.value
    if not changed(before, after):
        return after, ()
    numbered, entry = recorded(after, (snapshot(after, after.update_time),))
    return numbered, (entry,)


def recorded(ticket: Ticket, changes: tuple[TicketChange, ...]) -> tuple[Ticket, Write]:
    """The ticket with its history counter advanced, and the write of the history entry."""
    number = ticket.history_count
    entry = HistoryEntry(id=f"{ticket.id}:{number:06}", ticket_id=ticket.id, number=number, changes=changes)
    return replace(ticket, history_count=number + 1), create(HISTORY, entry)


def keyed_assignee(env: Env, ticket: Ticket, before: Ticket | None = None) -> Ticket:
    """The ticket with the key and the id of its assignee. before: as it was stored."""
    return with_assignee(ticket, env.keys.keyed, lambda: env.ids.new("psn"), before=before)


async def assignees_renewed(env: Env) -> bool:
    """Whether every ticket has the key of its assignee; not while a job renews those of an earlier release."""
    old = Query(kind=TICKETS, order="assignee_rules", below=ASSIGNEE_RULES, limit=1)
    return not (await env.store.find(old)).rows


def about(events: tuple[TicketEvent, ...], ticket: Ticket) -> list[About]:
    """Events about the written ticket, for a commit whose main document is another one."""
    return [About(event, ticket) for event in events]


async def commit_ticket(
    env: Env,
    loaded: Loaded[Ticket],
    after: tuple[Ticket, tuple[TicketEvent, ...]],
    *,
    comment: Comment | None = None,
    call: Call,
) -> Ticket:
    """The ticket as written by a commit of this transition, with its comment if there is one."""
    ticket, writes = moved(loaded, after[0])
    spoken = (create(COMMENTS, comment),) if comment else ()
    return await env.commit(loaded.put(ticket), *writes, *spoken, events=after[1], call=call)
