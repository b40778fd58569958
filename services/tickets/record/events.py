"""What every event of a ticket has in common."""

import msgspec


class TicketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a ticket names."""

    ticket_id: str
    partner_id: str
