"""What happened to a ticket, as other services hear it; the protos say what each means."""

from datetime import datetime

import msgspec

from services.tickets.domain.states import (
    Channel,
    ClockType,
    CloseCode,
    CommentSide,
    ComplaintCause,
    ComplaintType,
    PendingReason,
    Priority,
    SlaOutcome,
    TicketState,
    Visibility,
)


class TicketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a ticket names."""

    ticket_id: str
    partner_id: str


class TicketCreated(TicketEvent, frozen=True, kw_only=True):
    order_id: str
    channel: Channel
    priority: Priority
    country: str


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


class TicketMerged(TicketEvent, frozen=True, kw_only=True):
    into_ticket_id: str


class TicketLinked(TicketEvent, frozen=True, kw_only=True):
    merged_ticket_id: str = ""
    split_ticket_id: str = ""


class DeadlineWarned(TicketEvent, frozen=True, kw_only=True):
    clock_type: ClockType
    due_time: datetime


class DeadlineBreached(TicketEvent, frozen=True, kw_only=True):
    clock_type: ClockType
    breach_time: datetime


class SurveyOpened(TicketEvent, frozen=True, kw_only=True):
    expire_time: datetime


class SatisfactionRecorded(TicketEvent, frozen=True, kw_only=True):
    score: int
    complaint_type: ComplaintType | None
    complaint_cause: ComplaintCause | None


class TicketImported(TicketEvent, frozen=True, kw_only=True):
    state: TicketState
    priority: Priority
    sla_outcome: SlaOutcome | None
    create_time: datetime
