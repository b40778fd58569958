"""How tickets were linked; the protos say what each means."""

from services.tickets.record.events import TicketEvent


class TicketMerged(TicketEvent, frozen=True, kw_only=True):
    into_ticket_id: str


class TicketLinked(TicketEvent, frozen=True, kw_only=True):
    merged_ticket_id: str = ""
    split_ticket_id: str = ""
