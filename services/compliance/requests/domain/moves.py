"""The moves of a request between its states, as a table; no other code sets a state."""

from datetime import datetime
from enum import Enum
from typing import NamedTuple

from msgspec.structs import replace

from libs.errors import require_state
from services.compliance.requests.domain.request import SubjectRequest, names_nobody, without_hashes
from services.compliance.requests.domain.states import RequestState as S


class Move(Enum):
    """What happens to a request."""

    CHECK_IDENTITY = "check the identity"
    BEGIN = "begin"
    PREPARE = "prepare"
    SEARCH_AGAIN = "search again"
    REOPEN = "make the package anew"
    COMPLETE = "complete"
    COMPLETE_PARTLY = "complete in part"
    DENY = "deny"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    PAUSE = "pause"
    RESUME = "resume"


class Way(NamedTuple):
    """The states in which a move is allowed, and the state to which it leads; None: back to where it was paused."""

    sources: frozenset[S]
    target: S | None


_UNVERIFIED = frozenset({S.RECEIVED, S.VERIFYING_IDENTITY})
_WORKING = _UNVERIFIED | {S.IN_PROGRESS, S.READY_FOR_REVIEW}
OPEN = _WORKING | {S.ON_HOLD}

MOVES = {
    Move.CHECK_IDENTITY: Way(_UNVERIFIED, S.VERIFYING_IDENTITY),
    Move.BEGIN: Way(_UNVERIFIED, S.IN_PROGRESS),
    Move.PREPARE: Way(frozenset({S.IN_PROGRESS}), S.READY_FOR_REVIEW),
    Move.SEARCH_AGAIN: Way(frozenset({S.READY_FOR_REVIEW}), S.IN_PROGRESS),
    Move.REOPEN: Way(frozenset({S.COMPLETED}), S.READY_FOR_REVIEW),
    Move.COMPLETE: Way(frozenset({S.READY_FOR_REVIEW}), S.COMPLETED),
    Move.COMPLETE_PARTLY: Way(frozenset({S.READY_FOR_REVIEW}), S.PARTIALLY_COMPLETED),
    Move.DENY: Way(OPEN, S.DENIED),
    Move.WITHDRAW: Way(OPEN, S.WITHDRAWN),
    Move.EXPIRE: Way(_UNVERIFIED, S.EXPIRED),
    Move.PAUSE: Way(_WORKING, S.ON_HOLD),
    Move.RESUME: Way(frozenset({S.ON_HOLD}), None),
}


def moved(request: SubjectRequest, move: Move, now: datetime) -> SubjectRequest:
    """The request after the move; without hashes if it ends and its person was erased while it was open. WrongState if
    its state does not allow the move."""
    sources, target = MOVES[move]
    require_state("subject_request", request.id, request.state, action=move.value, allowed=sources)
    state = target or request.held_state
    assert state is not None, "a request on hold has the state in which it was paused"
    held = request.state if move is Move.PAUSE else None
    left = without_hashes(request) if state not in OPEN and names_nobody(request) else request
    return replace(left, state=state, held_state=held, update_time=now)
