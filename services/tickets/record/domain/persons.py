"""The persons that tickets hold: the requester, and the persons named in texts."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from libs.person import Login, Person
from services.tickets.record.domain.ticket import Comment, HistoryEntry, Ticket, TicketChange

ASSIGNEE_RULES = 1  # increased when the keys or ids of assignees are made otherwise; a job then renews them

Keyed = Callable[[str], str]
"""Hashes a text with a key of the cell, see `libs.privacy.keys.Keys.keyed`."""

NewId = Callable[[], str]
"""Makes the id of a person."""


def persons(ticket: Ticket) -> tuple[Person, ...]:
    """Every person that a ticket names, with contact details or by id alone."""
    note = ticket.satisfaction.note if ticket.satisfaction else None
    texts = (ticket.subject, ticket.description, ticket.resolution_note, note)
    named = _by_id(*(text.person_id for text in texts if text is not None))
    return (ticket.requester, *named, *_logins((ticket.assignee, ticket.assignee_person_id)))


def speakers(comment: Comment) -> tuple[Person, ...]:
    """The requester of the ticket, by id, and the person of the comment's text if there is one."""
    return _by_id(comment.requester_person_id, comment.body.person_id)


def assignees(entry: HistoryEntry) -> tuple[Person, ...]:
    """Everybody to whom the ticket was assigned."""
    return _logins(*((one.assignee, one.assignee_person_id) for one in entry.changes))


def assignee_text(assignee: str) -> str:
    """What `assignee_key` is made of."""
    return f"ticket assignee:{assignee}"


def with_assignee(ticket: Ticket, keyed: Keyed, new_id: NewId, *, before: Ticket | None = None) -> Ticket:
    """The ticket with the key and the id of its assignee. before: as it was stored; the same assignee keeps the id."""
    same = before is not None and before.assignee == ticket.assignee
    known = before.assignee_person_id if before is not None and same else ticket.assignee_person_id
    return replace(
        ticket,
        assignee_person_id=(known or new_id()) if ticket.assignee else "",
        assignee_key=keyed(assignee_text(ticket.assignee)) if ticket.assignee else None,
        assignee_rules=ASSIGNEE_RULES,
    )


def with_ids(
    changes: Iterable[TicketChange], new_id: NewId, *, known: Iterable[TicketChange] = ()
) -> tuple[TicketChange, ...]:
    """The changes with an id for every assignee, the same for the same assignee. known: changes with ids to use."""
    ids = {one.assignee: one.assignee_person_id for one in known if one.assignee_person_id}
    found = []
    for one in changes:
        if one.assignee and one.assignee not in ids:
            ids[one.assignee] = one.assignee_person_id or new_id()
        found.append(replace(one, assignee_person_id=ids[one.assignee] if one.assignee else ""))
    return tuple(found)


def without_ids(changes: Iterable[TicketChange]) -> tuple[TicketChange, ...]:
    """The changes as callers see them."""
    return tuple(replace(one, assignee_person_id="") for one in changes)


def _logins(*found: tuple[str, str]) -> tuple[Login, ...]:
    return tuple(Login(login=login, person_id=who) for login, who in sorted(set(found)) if login)


def _by_id(*ids: str) -> tuple[Person, ...]:
    return tuple(Person(person_id=one) for one in sorted(set(ids) - {""}))
