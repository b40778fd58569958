"""The event of an imported ticket; the proto documents it."""

from datetime import datetime

from services.tickets.record.domain.states import Priority, SlaOutcome, TicketState
from services.tickets.record.events import TicketEvent


class TicketImported(TicketEvent, frozen=True, kw_only=True):
    state: TicketState
    priority: Priority
    sla_outcome: SlaOutcome | None
    create_time: datetime
