"""The fields that every event of a ticket has."""

import msgspec


class TicketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The base of the events of tickets."""

    ticket_id: str
    partner_id: str
