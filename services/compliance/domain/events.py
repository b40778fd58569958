"""What happened to a request of a data subject; hashes and counts, never data."""

import msgspec

from services.compliance.domain.kinds import RequestType


class SubjectRequestOpened(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
    round: int
    alias_hashes: tuple[str, ...]


class SubjectRequestPrepared(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    rounds: int
    row_count: int


class SubjectRequestExported(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    sha256: str


class SubjectRequestCompleted(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
