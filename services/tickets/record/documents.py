"""The kinds of tickets, comments and history, with their indexes."""

from libs.person import Person
from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store, get
from services.tickets.record.domain.persons import assignees, persons, speakers
from services.tickets.record.domain.states import TicketState
from services.tickets.record.domain.ticket import Comment, HistoryEntry, Ticket, awaits_requester

_OVER = frozenset({TicketState.CLOSED, TicketState.CANCELED})


async def _country(store: Store, ticket: Ticket) -> str:
    return ticket.country


def _requester(ticket: Ticket) -> Person:
    return ticket.requester


def _requester_of(comment: Comment) -> Person:
    return Person(person_id=comment.requester_person_id)


async def _ticket(store: Store, part: Comment | HistoryEntry) -> Ticket | None:
    loaded = await get(store, TICKETS, part.ticket_id)
    return loaded.value if loaded else None


async def _country_of(store: Store, part: Comment | HistoryEntry) -> str:
    ticket = await _ticket(store, part)
    return ticket.country if ticket else ""


_CLOSED: When[Ticket] = When(
    starts=lambda ticket: ticket.close_time or ticket.update_time, applies=lambda ticket: ticket.state in _OVER
)

TICKETS: Kind[Ticket] = Kind(
    "ticket",
    Ticket,
    (
        *(Index((one,)) for one in ("order_id", "serial", "assignee_key", "assignment_group")),
        *(Index(("partner_id", one)) for one in ("order_id", "serial", "assignee_key", "priority")),
        *(Index(("assignee_key", one)) for one in ("state", "due_time", "update_time")),
        *serving("partner_id", "state", orders=("", "update_time")),
        *serving("priority", orders=("",)),
        Index(("external_source",)),
        Index(("external_source", "external_id"), unique=True),
        Index(("due_time",)),
        Index(("partner_id", "due_time")),
        Index(("assignment_group", "due_time")),
        Index(("sweep_time",)),
        Index(("assignee_rules",)),
        Index(("state", "close_time")),
        Index(("partner_id", "state", "close_time")),
    ),
    owner="partner_id",
    awaited=awaits_requester,
    persons=Persons(
        of=persons,
        country=_country,
        about=_requester,
        sought=("assignee",),
        retained=retained("tickets", "ticket", {"closed": _CLOSED}),
    ),
)
COMMENTS = Kind(
    "comment",
    Comment,
    (Index(("ticket_id", "visibility", "number")),),
    persons=Persons(
        of=speakers,
        country=_country_of,
        about=_requester_of,
        retained=retained("tickets", "comment", {"ticket_closed": _CLOSED}),
        judged=_ticket,
    ),
)
HISTORY = Kind(
    "history_entry",
    HistoryEntry,
    (Index(("ticket_id", "number")),),
    persons=Persons(
        of=assignees,
        country=_country_of,
        sought=("changes[].assignee",),
        retained=retained("tickets", "history_entry", {"ticket_closed": _CLOSED}),
        judged=_ticket,
    ),
)

KINDS = (TICKETS, COMMENTS, HISTORY)
