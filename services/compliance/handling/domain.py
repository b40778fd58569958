"""The acts of officers on a request; `requests.domain.moves` says in which states each is allowed."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.person import PersonalText
from services.compliance.handling.events import (
    RecipientNotified,
    SubjectRequestDenied,
    SubjectRequestFulfilled,
    SubjectRequestPaused,
    SubjectRequestResumed,
    SubjectRequestWithdrawn,
)
from services.compliance.requests.domain.moves import Move, moved
from services.compliance.requests.domain.request import RecipientNotice, SubjectRequest
from services.compliance.requests.domain.states import (
    ANSWERED_BY_PACKAGE,
    DenialReason,
    HoldReason,
    RequestState,
    RequestType,
    WithholdingGround,
)

RECIPIENTS_AT_MOST = 200

_TOLD_OF = frozenset({RequestType.RECTIFICATION, RequestType.ERASURE, RequestType.RESTRICTION, RequestType.OBJECTION})
MAY_TELL = frozenset({RequestState.READY_FOR_REVIEW, RequestState.COMPLETED, RequestState.PARTIALLY_COMPLETED})

Transition = tuple[SubjectRequest, msgspec.Struct]


class CompletedByExport(AppError):
    """The export of the package completes a request of this type; nobody can state that it was answered."""

    code, reason = Code.FAILED_PRECONDITION, "COMPLETED_BY_EXPORT"

    def __init__(self, request: SubjectRequest) -> None:
        name = request.type.name
        super().__init__(f"{request.id}: the export of the package completes {name}", id=request.id, type=name)


class CompletedByCertificate(AppError):
    """The certificate of the erasure completes the request; nobody can state that the person was erased."""

    code, reason = Code.FAILED_PRECONDITION, "COMPLETED_BY_CERTIFICATE"

    def __init__(self, request: SubjectRequest) -> None:
        super().__init__(f"{request.id}: only the certificate of the erasure completes it: BeginErasure", id=request.id)


class NoRecipients(AppError):
    """Nothing is corrected, erased or restricted for the request, so no recipient is told."""

    code, reason = Code.FAILED_PRECONDITION, "NO_RECIPIENTS"

    def __init__(self, request: SubjectRequest) -> None:
        name = request.type.name
        super().__init__(f"{request.id}: no recipient is told of {name} (GDPR Art. 19)", id=request.id, type=name)


class TooManyRecipients(AppError):
    """The request has no room for more recipients."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_RECIPIENTS"

    def __init__(self, request: SubjectRequest) -> None:
        super().__init__(f"{request.id} has {RECIPIENTS_AT_MOST} recipients and takes no more", id=request.id)


def pause(request: SubjectRequest, reason: HoldReason, now: datetime) -> Transition:
    """The request, on hold."""
    paused = replace(moved(request, Move.PAUSE, now), hold_reason=reason)
    return paused, SubjectRequestPaused(case_id=request.id, reason=reason)


def resume(request: SubjectRequest, now: datetime) -> Transition:
    """The request in the state that it had before it was put on hold, or has reached meanwhile."""
    return replace(moved(request, Move.RESUME, now), hold_reason=None), SubjectRequestResumed(case_id=request.id)


def complete(
    request: SubjectRequest, done: PersonalText, ground: WithholdingGround | None, now: datetime
) -> Transition:
    """The request, completed with what was done; only in part if there is a ground to withhold the rest.
    CompletedByExport for a type that a package answers, CompletedByCertificate for an erasure."""
    after = moved(request, Move.COMPLETE if ground is None else Move.COMPLETE_PARTLY, now)
    if request.type in ANSWERED_BY_PACKAGE:
        raise CompletedByExport(request)
    if request.type is RequestType.ERASURE:
        raise CompletedByCertificate(request)
    fulfilled = SubjectRequestFulfilled(case_id=request.id, type=request.type, withholding_ground=ground)
    return replace(after, done=done, withholding_ground=ground, complete_time=now), fulfilled


def deny(request: SubjectRequest, reason: DenialReason, note: PersonalText | None, now: datetime) -> Transition:
    """The request, denied."""
    denied = replace(moved(request, Move.DENY, now), hold_reason=None, denial_reason=reason, denial_note=note)
    return denied, SubjectRequestDenied(case_id=request.id, type=request.type, reason=reason)


def withdraw(request: SubjectRequest, now: datetime) -> Transition:
    """The request, withdrawn by the person."""
    withdrawn = replace(moved(request, Move.WITHDRAW, now), hold_reason=None)
    return withdrawn, SubjectRequestWithdrawn(case_id=request.id, type=request.type)


def told(request: SubjectRequest, notice: RecipientNotice, now: datetime) -> Transition:
    """The request with a recipient who was told; the same object if that is recorded already. NoRecipients for another
    type; InvalidInput for a time in the future."""
    if request.type not in _TOLD_OF:
        raise NoRecipients(request)
    if notice.told_time > now:
        raise InvalidInput([Violation("told_time", "is in the future", "IN_THE_FUTURE")])
    require_state("subject_request", request.id, request.state, action="tell a recipient", allowed=MAY_TELL)
    known = request.recipients_told
    event = RecipientNotified(case_id=request.id, count=len(known) + 1)
    if notice in known:
        return request, event
    if len(known) >= RECIPIENTS_AT_MOST:
        raise TooManyRecipients(request)
    return replace(request, recipients_told=(*known, notice), update_time=now), event
