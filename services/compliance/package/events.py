"""What happens when a package is taken; a hash of it, never data."""

import msgspec

from services.compliance.requests.domain.states import RequestType


class SubjectRequestExported(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    sha256: str


class SubjectRequestCompleted(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
