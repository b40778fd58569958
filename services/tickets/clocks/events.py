"""The events of the clocks of a ticket; the protos document each of them."""

from datetime import datetime

from services.tickets.record.domain.states import ClockType
from services.tickets.record.events import TicketEvent


class DeadlineWarned(TicketEvent, frozen=True, kw_only=True):
    clock_type: ClockType
    due_time: datetime


class DeadlineBreached(TicketEvent, frozen=True, kw_only=True):
    clock_type: ClockType
    breach_time: datetime
