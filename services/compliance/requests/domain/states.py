"""The enums of a request: state, channel, identity proof, denial reason. The names are those of the proto."""

from enum import Enum

from libs.retention import WithholdingGround as WithholdingGround
from services.compliance.clocks.domain.regimes import RequestType as RequestType

# The types that the export of a package completes; an officer completes the others and states what was done.
ANSWERED_BY_PACKAGE = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})
# The types that need no search: nothing is handed out, and nothing about the person has to be found.
NOT_SEARCHED = frozenset({RequestType.OPT_OUT, RequestType.COMPLAINT})


class RequestState(Enum):
    """The state of a request."""

    RECEIVED = "RECEIVED"
    VERIFYING_IDENTITY = "VERIFYING_IDENTITY"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    READY_FOR_REVIEW = "READY_FOR_REVIEW"
    COMPLETED = "COMPLETED"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class RequestChannel(Enum):
    """How a request was received."""

    PORTAL = "PORTAL"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    LETTER = "LETTER"
    IN_PERSON = "IN_PERSON"
    AUTHORITY = "AUTHORITY"
    AGENT = "AGENT"


class IdentityProof(Enum):
    """How a person proved their identity."""

    ACCOUNT = "ACCOUNT"
    CALL_BACK = "CALL_BACK"
    DOCUMENT = "DOCUMENT"
    KNOWN = "KNOWN"
    CODE = "CODE"
    MANDATE = "MANDATE"


# The proofs that only a check of the identity leads to.
CHECKED = frozenset({IdentityProof.CODE, IdentityProof.MANDATE})


class DenialReason(Enum):
    """Why a request was denied; the names are those of the Data Rights Protocol."""

    SUSPECTED_FRAUD = "SUSPECTED_FRAUD"
    INSUF_VERIFICATION = "INSUF_VERIFICATION"
    NO_MATCH = "NO_MATCH"
    CLAIM_NOT_COVERED = "CLAIM_NOT_COVERED"
    OUTSIDE_JURISDICTION = "OUTSIDE_JURISDICTION"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    OTHER = "OTHER"


class HoldReason(Enum):
    """Why a request is on hold."""

    INFORMATION_AWAITED = "INFORMATION_AWAITED"
    LEGAL_HOLD = "LEGAL_HOLD"
