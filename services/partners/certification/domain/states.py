"""The states of a completion, and those that each move requires."""

from enum import Enum


class CompletionState(Enum):
    """Whether a completion counts, and why it no longer does."""

    VALID = "VALID"
    RENEWED = "RENEWED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    PERSON_GONE = "PERSON_GONE"


MAY_REVOKE = MAY_RENEW = MAY_EXPIRE = MAY_LOSE_PERSON = frozenset({CompletionState.VALID})
EARNED = frozenset({CompletionState.VALID, CompletionState.RENEWED, CompletionState.EXPIRED})
