"""Events of the export of a package; they contain a hash of the package and no data."""

import msgspec

from services.compliance.requests.domain.states import RequestType


class SubjectRequestExported(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    sha256: str
    missing_services: tuple[str, ...] = ()


class SubjectRequestCompleted(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
