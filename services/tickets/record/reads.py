"""What every move of a ticket writes: the ticket, how it stands now, and under what its persons are found."""

from msgspec.structs import replace

from libs.call import Call
from libs.env import About
from libs.store.port import Loaded, Write, create
from services.tickets.record.documents import COMMENTS, HISTORY
from services.tickets.record.domain.ticket import Comment, HistoryEntry, Ticket, TicketChange, changed, snapshot
from services.tickets.record.events import TicketEvent
from services.tickets.settings import Env


def moved(loaded: Loaded[Ticket], after: Ticket) -> tuple[Ticket, tuple[Write, ...]]:
    """The ticket as it is to be written, and the writes that go with it."""
    before = loaded.value
    if not changed(before, after):
        return after, ()
    numbered, entry = recorded(after, (snapshot(after, after.update_time),))
    return numbered, (entry,)


def recorded(ticket: Ticket, changes: tuple[TicketChange, ...]) -> tuple[Ticket, Write]:
    """The ticket, its history counted on, and the write of that entry."""
    number = ticket.history_count
    entry = HistoryEntry(id=f"{ticket.id}:{number:06}", ticket_id=ticket.id, number=number, changes=changes)
    return replace(ticket, history_count=number + 1), create(HISTORY, entry)


def about(events: tuple[TicketEvent, ...], ticket: Ticket) -> list[About]:
    """Events about the ticket as it is written, in a commit that answers with something else."""
    return [About(event, ticket) for event in events]


async def commit_ticket(
    env: Env,
    loaded: Loaded[Ticket],
    after: tuple[Ticket, tuple[TicketEvent, ...]],
    *,
    comment: Comment | None = None,
    call: Call,
) -> Ticket:
    """Write a transition of the ticket, and the comment that came with it."""
    ticket, writes = moved(loaded, after[0])
    spoken = (create(COMMENTS, comment),) if comment else ()
    return await env.commit(loaded.put(ticket), *writes, *spoken, events=after[1], call=call)
