"""The persons that tickets hold: the requester, and the persons named in texts."""

from libs.person import Person
from services.tickets.record.domain.ticket import Comment, Ticket


def persons(ticket: Ticket) -> tuple[Person, ...]:
    """Every person that a ticket names, with contact details or by id alone."""
    note = ticket.satisfaction.note if ticket.satisfaction else None
    texts = (ticket.subject, ticket.description, ticket.resolution_note, note)
    return (ticket.requester, *_by_id(*(text.person_id for text in texts if text is not None)))


def speakers(comment: Comment) -> tuple[Person, ...]:
    """The requester of the ticket, by id, and the person of the comment's text if there is one."""
    return _by_id(comment.requester_person_id, comment.body.person_id)


def _by_id(*ids: str) -> tuple[Person, ...]:
    return tuple(Person(person_id=one) for one in sorted(set(ids) - {""}))
