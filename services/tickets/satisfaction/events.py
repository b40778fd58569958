"""The event of recorded satisfaction; the proto documents it."""

from services.tickets.record.domain.states import ComplaintCause, ComplaintType
from services.tickets.record.events import TicketEvent


class SatisfactionRecorded(TicketEvent, frozen=True, kw_only=True):
    score: int
    complaint_type: ComplaintType | None
    complaint_cause: ComplaintCause | None
