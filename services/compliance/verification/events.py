"""Events of checks of the identity; they contain no code and no alias."""

from datetime import datetime

import msgspec

from services.compliance.requests.domain.states import IdentityProof, RequestType


class IdentityCodeIssued(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    expire_time: datetime


class IdentityCodeRefused(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    attempts_left: int


class IdentityVerified(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    proof: IdentityProof


class IdentityRejected(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str


class SubjectRequestExpired(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
