"""The events of the clocks of requests; the protos document each of them."""

from datetime import datetime

import msgspec

from services.compliance.clocks.domain.states import DeadlineType, ExtensionReason


class ClockEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The base of the events about the clock of a request."""

    case_id: str


class ClockStarted(ClockEvent, frozen=True, kw_only=True):
    due_time: datetime


class ClockPaused(ClockEvent, frozen=True, kw_only=True):
    pass


class ClockResumed(ClockEvent, frozen=True, kw_only=True):
    due_time: datetime


class ReceiptAcknowledged(ClockEvent, frozen=True, kw_only=True):
    pass


class DeadlineExtended(ClockEvent, frozen=True, kw_only=True):
    reason: ExtensionReason
    due_time: datetime


class DeadlineWarned(ClockEvent, frozen=True, kw_only=True):
    deadline_type: DeadlineType
    due_time: datetime
    days_left: int


class DeadlineMissed(ClockEvent, frozen=True, kw_only=True):
    deadline_type: DeadlineType
    due_time: datetime
