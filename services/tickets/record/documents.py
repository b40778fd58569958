"""The kinds of tickets, comments and history, with their indexes."""

from libs.person import Person
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.tickets.record.domain.persons import persons, speakers
from services.tickets.record.domain.ticket import Comment, HistoryEntry, Ticket, awaits_requester


async def _country(store: Store, ticket: Ticket) -> str:
    return ticket.country


def _requester(ticket: Ticket) -> Person:
    return ticket.requester


def _requester_of(comment: Comment) -> Person:
    return Person(person_id=comment.requester_person_id)


TICKETS = Kind(
    "ticket",
    Ticket,
    (
        *(Index((one,)) for one in ("order_id", "serial", "assignee", "assignment_group")),
        *(Index(("partner_id", one)) for one in ("order_id", "serial", "assignee", "priority")),
        *(Index(("assignee", one)) for one in ("state", "due_time", "update_time")),
        *serving("partner_id", "state", orders=("", "update_time")),
        *serving("priority", orders=("",)),
        Index(("external_source",)),
        Index(("external_source", "external_id"), unique=True),
        Index(("due_time",)),
        Index(("partner_id", "due_time")),
        Index(("assignment_group", "due_time")),
        Index(("sweep_time",)),
        Index(("state", "close_time")),
        Index(("partner_id", "state", "close_time")),
    ),
    owner="partner_id",
    awaited=awaits_requester,
    persons=Persons(of=persons, country=_country, about=_requester),
)
COMMENTS = Kind(
    "comment",
    Comment,
    (Index(("ticket_id", "visibility", "number")),),
    persons=Persons(of=speakers, about=_requester_of),
)
HISTORY = Kind("history_entry", HistoryEntry, (Index(("ticket_id", "number")),))

KINDS = (TICKETS, COMMENTS, HISTORY)
