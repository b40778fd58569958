"""The persons that tickets holds: who waits for help, and who is named in what was said and written about it."""

from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding
from services.tickets.record.documents import COMMENTS, TICKETS
from services.tickets.record.domain.ticket import Comment, Ticket
from services.tickets.record.reads import persons, speakers


async def _country(store: Store, ticket: Ticket) -> str:
    return ticket.country


def _requester(ticket: Ticket) -> Person:
    return ticket.requester


def _requester_of(comment: Comment) -> Person:
    return Person(person_id=comment.requester_person_id)


PERSONS = (
    Holding(TICKETS, persons, _country, about=_requester),
    Holding(COMMENTS, speakers, about=_requester_of),
)
