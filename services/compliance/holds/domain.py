"""A legal hold and its state."""

from collections.abc import Set
from datetime import datetime
from enum import Enum
from typing import Self

from msgspec.structs import replace

from libs.document import Document
from libs.errors import require_state
from services.compliance.requests.domain.request import RequestErased, SubjectRequest
from services.compliance.requests.domain.states import RequestState

# The search has ended, so its aliases are all that are known; and the hashes are still there.
SEARCHED = frozenset({RequestState.READY_FOR_REVIEW, RequestState.ON_HOLD, RequestState.DENIED, RequestState.WITHDRAWN})


class LegalHoldState(Enum):
    """The state of a legal hold."""

    ACTIVE = "ACTIVE"
    RELEASED = "RELEASED"


class LegalHold(Document, frozen=True, kw_only=True):
    """A hold over the person of a request. alias_hashes: of all aliases known when it was placed. matter: the reference
    of the proceedings."""

    case_id: str
    state: LegalHoldState = LegalHoldState.ACTIVE
    matter: str
    alias_hashes: tuple[str, ...]
    place_time: datetime
    release_time: datetime | None = None

    def recorded(self) -> Self:
        """See Document."""
        return replace(self, alias_hashes=())


def hold_id(case_id: str) -> str:
    """The id of the hold of a request."""
    return f"hld_{case_id.partition('_')[2]}"


def place(request: SubjectRequest, matter: str, now: datetime) -> LegalHold:
    """A hold over the person of the request. WrongState unless its search has ended and it was not completed;
    RequestErased, because nothing is left that it could stop."""
    if request.erased:
        raise RequestErased(request.id)
    require_state("subject_request", request.id, request.state, action="hold", allowed=SEARCHED)
    return LegalHold(
        id=hold_id(request.id), case_id=request.id, matter=matter, alias_hashes=request.alias_hashes, place_time=now
    )


def release(hold: LegalHold, now: datetime) -> LegalHold:
    """The hold, released. WrongState unless it is ACTIVE."""
    require_state("legal_hold", hold.id, hold.state, action="release", allowed={LegalHoldState.ACTIVE})
    return replace(hold, state=LegalHoldState.RELEASED, alias_hashes=(), release_time=now)


def stops(hold: LegalHold, hashes: Set[str]) -> bool:
    """Whether the hold is over a person with one of these aliases."""
    return hold.state is LegalHoldState.ACTIVE and not hashes.isdisjoint(hold.alias_hashes)
