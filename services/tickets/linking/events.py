"""The events of merging and splitting; the protos document each of them."""

from services.tickets.record.events import TicketEvent


class TicketMerged(TicketEvent, frozen=True, kw_only=True):
    into_ticket_id: str


class TicketLinked(TicketEvent, frozen=True, kw_only=True):
    merged_ticket_id: str = ""
    split_ticket_id: str = ""
