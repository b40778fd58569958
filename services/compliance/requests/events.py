"""Events of the receipt of a request and of the search for a person; they contain counts, the names of
encrypted objects, and no data."""

import msgspec

from services.compliance.requests.domain.states import RequestType


class SubjectRequestReceived(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
    duplicate_of_case_id: str = ""
    about_case_id: str = ""


class SubjectRequestOpened(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    type: RequestType
    round: int
    object_name: str


class SubjectRequestPrepared(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    rounds: int
    row_count: int
