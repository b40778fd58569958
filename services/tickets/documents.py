"""What tickets stores, and by what it is found."""

from libs.document import Document
from libs.peers import PARTNERS, TERRITORIES
from libs.privacy.aliases import ALIASES
from libs.privacy.subject_data import ANSWERS
from libs.store.port import Index, Kind
from services.tickets.domain.ticket import Comment, HistoryEntry, Ticket, awaits_requester


class OrderFacts(Document, frozen=True, kw_only=True):
    """Whose an order is, as orders told; that never changes."""

    partner_id: str


TICKETS = Kind(
    "ticket",
    Ticket,
    (
        Index(("partner_id",)),
        Index(("partner_id", "state")),
        Index(("state",)),
        Index(("order_id",)),
        Index(("serial",)),
        Index(("assignment_group",)),
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
)
COMMENTS = Kind("comment", Comment, (Index(("ticket_id", "visibility", "number")),))
HISTORY = Kind("history_entry", HistoryEntry, (Index(("ticket_id", "number")),))
ORDERS = Kind("order", OrderFacts, owner="partner_id")

KINDS = (TICKETS, COMMENTS, HISTORY, ORDERS, PARTNERS, TERRITORIES, ALIASES, ANSWERS)
