"""The events of handovers in tickets; the protos document each of them."""

from services.tickets.record.events import TicketEvent


class TicketHandedOver(TicketEvent, frozen=True, kw_only=True):
    from_partner_id: str
    handover_id: str
