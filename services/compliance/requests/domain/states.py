"""Type, state, channel and proof of a request, as the proto names them."""

from enum import Enum


class RequestType(Enum):
    """What a data subject can ask."""

    ACCESS = "ACCESS"
    PORTABILITY = "PORTABILITY"
    RECTIFICATION = "RECTIFICATION"
    ERASURE = "ERASURE"
    RESTRICTION = "RESTRICTION"
    OBJECTION = "OBJECTION"
    OPT_OUT = "OPT_OUT"
    COMPLAINT = "COMPLAINT"


# The types that are fulfilled here. For the others only the search is built: no data would be corrected, erased or
# restricted, and no complaint handled.
BUILT_TYPES = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})


class RequestState(Enum):
    """How far a request is."""

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
    """How a request came in."""

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


class DenialReason(Enum):
    """Why a request was denied, as the Data Rights Protocol names it."""

    SUSPECTED_FRAUD = "SUSPECTED_FRAUD"
    INSUF_VERIFICATION = "INSUF_VERIFICATION"
    NO_MATCH = "NO_MATCH"
    CLAIM_NOT_COVERED = "CLAIM_NOT_COVERED"
    OUTSIDE_JURISDICTION = "OUTSIDE_JURISDICTION"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    OTHER = "OTHER"
