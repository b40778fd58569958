"""Events of what was decided about a request."""

import msgspec

from services.compliance.requests.domain.states import DenialReason, HoldReason, RequestType, WithholdingGround


class SubjectRequestPaused(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    reason: HoldReason


class SubjectRequestResumed(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str


class SubjectRequestFulfilled(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
    withholding_ground: WithholdingGround | None = None


class SubjectRequestDenied(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
    reason: DenialReason


class SubjectRequestWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType


class RecipientNotified(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    count: int
