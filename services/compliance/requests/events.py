"""Events of the search for a person; they contain hashes and counts and no data."""

import msgspec

from services.compliance.requests.domain.states import RequestType


class SubjectRequestOpened(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
    round: int
    alias_hashes: tuple[str, ...]
    possible_hashes: tuple[str, ...] = ()


class SubjectRequestPrepared(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    rounds: int
    row_count: int
