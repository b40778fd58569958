"""The events of tickets; the protos document each of them."""

from datetime import datetime

from services.tickets.record.domain.states import (
    Channel,
    CloseCode,
    CommentSide,
    PendingReason,
    Priority,
    SlaOutcome,
    TicketState,
    Visibility,
)
from services.tickets.record.events import TicketEvent


class TicketCreated(TicketEvent, frozen=True, kw_only=True):
    order_id: str
    channel: Channel
    priority: Priority
    country: str
    sku: str
    serial: str


class TicketAssigned(TicketEvent, frozen=True, kw_only=True):
    assignment_group: str


class CommentAdded(TicketEvent, frozen=True, kw_only=True):
    comment_id: str
    visibility: Visibility
    side: CommentSide


class TicketPaused(TicketEvent, frozen=True, kw_only=True):
    state: TicketState
    pending_reason: PendingReason


class TicketResumed(TicketEvent, frozen=True, kw_only=True):
    pass


class TicketResolved(TicketEvent, frozen=True, kw_only=True):
    pass


class TicketClosed(TicketEvent, frozen=True, kw_only=True):
    state: TicketState
    close_code: CloseCode
    sla_outcome: SlaOutcome | None


class TicketReopened(TicketEvent, frozen=True, kw_only=True):
    pass


class SurveyOpened(TicketEvent, frozen=True, kw_only=True):
    expire_time: datetime
