"""The states that each move of an agreement requires, and the enumerations of its fields."""

from enum import Enum

from libs.rights import UNSIGNED, AgreementState


class Renewal(Enum):
    """What happens at the end of the term."""

    NONE = "NONE"
    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"


class Party(Enum):
    """A party of an agreement."""

    VENDOR = "VENDOR"
    PARTNER = "PARTNER"


class TerminationCause(Enum):
    """Why an agreement was terminated without notice."""

    BREACH = "BREACH"
    INSOLVENCY = "INSOLVENCY"
    MUTUAL = "MUTUAL"
    OTHER = "OTHER"


MAY_REVISE = UNSIGNED
MAY_SEND = frozenset({AgreementState.DRAFT})
MAY_SIGN = frozenset({AgreementState.SENT})
MAY_GIVE_NOTICE = MAY_RENEW = frozenset({AgreementState.ACTIVE})
RUNNING = MAY_TERMINATE = frozenset({AgreementState.ACTIVE, AgreementState.NOTICE_GIVEN})
ENDED_AHEAD = frozenset({AgreementState.TERMINATED, AgreementState.SUPERSEDED})  # their last day may be still to come
MAY_BE_FOLLOWED = RUNNING | {AgreementState.EXPIRED, AgreementState.TERMINATED}
