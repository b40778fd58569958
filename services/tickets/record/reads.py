"""What every move of a ticket writes: the ticket, how it stands now, and under what its persons are found."""

from msgspec.structs import replace

from libs.call import Call
from libs.env import About
from libs.person import Person
from libs.privacy.aliases import alias_writes
from libs.store.port import Held, Write, create
from services.tickets.record.documents import COMMENTS, HISTORY, TICKETS
from services.tickets.record.domain.ticket import Comment, HistoryEntry, Ticket, TicketChange, changed, snapshot
from services.tickets.record.events import TicketEvent
from services.tickets.settings import Env


def moved(env: Env, held: Held[Ticket], after: Ticket) -> tuple[Ticket, tuple[Write, ...]]:
    """The ticket as it is to be written, and the writes that go with it."""
    before = held.value
    found = alias_writes(env.keys, TICKETS, after.id, before=persons(before), after=persons(after))
    if not changed(before, after):
        return after, found
    numbered, entry = recorded(after, (snapshot(after, after.update_time),))
    return numbered, (entry, *found)


def recorded(ticket: Ticket, changes: tuple[TicketChange, ...]) -> tuple[Ticket, Write]:
    """The ticket, its history counted on, and the write of that entry."""
    number = ticket.history_count
    entry = HistoryEntry(id=f"{ticket.id}:{number:06}", ticket_id=ticket.id, number=number, changes=changes)
    return replace(ticket, history_count=number + 1), create(HISTORY, entry)


def said(env: Env, comment: Comment) -> tuple[Write, ...]:
    """The writes that let the persons of a comment find it; the comment itself is written apart."""
    return alias_writes(env.keys, COMMENTS, comment.id, after=speakers(comment))


def about(events: tuple[TicketEvent, ...], ticket: Ticket) -> list[About]:
    """Events about the ticket as it is written, in a commit that answers with something else."""
    return [About(event, ticket) for event in events]


def persons(ticket: Ticket) -> tuple[Person, ...]:
    """Everybody a ticket names, by contact details or by id alone."""
    note = ticket.satisfaction.note if ticket.satisfaction else None
    texts = (ticket.subject, ticket.description, ticket.resolution_note, note)
    return (ticket.requester, *_by_id(*(text.person_id for text in texts if text is not None)))


def speakers(comment: Comment) -> tuple[Person, ...]:
    """Who said it, or is spoken of, as far as known; always the requester of the ticket, of whom it is about."""
    return _by_id(comment.requester_person_id, comment.body.person_id)


def _by_id(*ids: str) -> tuple[Person, ...]:
    return tuple(Person(person_id=one) for one in sorted(set(ids) - {""}))


async def commit_ticket(
    env: Env,
    held: Held[Ticket],
    after: tuple[Ticket, tuple[TicketEvent, ...]],
    *,
    comment: Comment | None = None,
    call: Call,
) -> Ticket:
    """Write a transition of the ticket, and the comment that came with it."""
    ticket, writes = moved(env, held, after[0])
    spoken = (create(COMMENTS, comment), *said(env, comment)) if comment else ()
    return await env.commit(held.put(ticket), *writes, *spoken, events=after[1], call=call)
