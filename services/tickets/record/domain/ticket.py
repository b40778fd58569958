"""The documents of a ticket: its record, comments and history."""

from datetime import datetime

import msgspec

from libs.document import Document
from libs.person import Person, PersonalText
from services.tickets.record.domain.clock import Clock
from services.tickets.record.domain.policy import Terms
from services.tickets.record.domain.states import (
    MAY_RATE,
    Channel,
    ClockType,
    CloseCode,
    CommentSide,
    ComplaintCause,
    ComplaintType,
    Impact,
    PendingReason,
    Priority,
    SlaOutcome,
    TicketState,
    Urgency,
    Visibility,
)


class Satisfaction(msgspec.Struct, frozen=True, kw_only=True):
    """The satisfaction of the requester with a ticket. score: 1 to 5."""

    score: int
    complaint_type: ComplaintType | None = None
    complaint_cause: ComplaintCause | None = None
    note: PersonalText | None = None
    record_time: datetime


class TicketChange(msgspec.Struct, frozen=True, kw_only=True):
    """The state, priority and assignment of a ticket from `time` on. assignee_person_id: as in Ticket."""

    time: datetime
    state: TicketState
    pending_reason: PendingReason | None = None
    impact: Impact
    urgency: Urgency
    priority: Priority
    assignment_group: str = ""
    assignee: str = ""
    assignee_person_id: str = ""


class Ticket(Document, frozen=True, kw_only=True):
    """A support ticket of a partner or its customer.

    assignee_person_id: under whose key the assignee is encrypted. assignee_key: a hash with a key of the cell, by which
    the tickets of an assignee are listed. assignee_rules: 0 in a ticket of an earlier release, of which neither these
    nor the ids in the history were made yet.
    breached: whether a clock was ever breached, even if it was started again. sweep_time: when the next warning or
    breach is due; due_time: when the next running clock is due. survey_expire_time: when the survey ends; None if the
    last closing opened none, or the ticket was not closed since. comment_count, history_count: the numbers of the next
    comment and history entry.
    """

    partner_id: str
    order_id: str = ""
    sku: str = ""
    serial: str = ""
    requester: Person
    subject: PersonalText | None = None
    description: PersonalText | None = None
    category: str = ""
    subcategory: str = ""
    channel: Channel
    country: str
    state: TicketState
    pending_reason: PendingReason | None = None
    impact: Impact
    urgency: Urgency
    priority: Priority
    assignment_group: str = ""
    assignee: str = ""
    assignee_person_id: str = ""
    assignee_key: str | None = None
    assignee_rules: int = 0
    clocks: tuple[Clock, ...] = ()
    service_policy_id: str
    service_policy_version: int
    terms: Terms
    breached: bool = False
    sweep_time: datetime | None = None
    due_time: datetime | None = None
    sla_outcome: SlaOutcome | None = None
    reopen_count: int = 0
    reassignment_count: int = 0
    resolution_code: str = ""
    resolution_note: PersonalText | None = None
    close_code: CloseCode | None = None
    satisfaction: Satisfaction | None = None
    survey_expire_time: datetime | None = None
    merged_into_ticket_id: str = ""
    merged_ticket_ids: tuple[str, ...] = ()
    split_from_ticket_id: str = ""
    split_ticket_ids: tuple[str, ...] = ()
    comment_count: int = 0
    history_count: int = 0
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    resolve_time: datetime | None = None
    close_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    def clock(self, type: ClockType) -> Clock | None:
        """The clock of this type; None if the ticket never had one."""
        return next((clock for clock in self.clocks if clock.type is type), None)


class Comment(Document, frozen=True, kw_only=True):
    """A comment or work note; it never changes. number: its place among all comments on the ticket;
    requester_person_id: the requester of the ticket, so that a data subject's request finds the comment."""

    ticket_id: str
    number: int
    visibility: Visibility
    side: CommentSide
    author: str
    body: PersonalText
    requester_person_id: str
    create_time: datetime


class HistoryEntry(Document, frozen=True, kw_only=True):
    """Changes of a ticket that were written together: one for each transition, or all changes of an imported ticket. It
    never changes; `number` orders the entries of a ticket."""

    ticket_id: str
    number: int
    changes: tuple[TicketChange, ...]


def snapshot(ticket: Ticket, at: datetime) -> TicketChange:
    """The state, priority and assignment of the ticket, valid from `at` on."""
    return TicketChange(
        time=at,
        state=ticket.state,
        pending_reason=ticket.pending_reason,
        impact=ticket.impact,
        urgency=ticket.urgency,
        priority=ticket.priority,
        assignment_group=ticket.assignment_group,
        assignee=ticket.assignee,
        assignee_person_id=ticket.assignee_person_id,
    )


def changed(before: Ticket, after: Ticket) -> bool:
    """Whether the history must record the change."""
    return snapshot(before, after.update_time) != snapshot(after, after.update_time)


def awaits_requester(ticket: Ticket) -> bool:
    """Whether the ticket waits for the requester to confirm the solution or to rate it."""
    return ticket.state in MAY_RATE
