"""The enums of a request: type, state, channel, identity proof, denial reason. The names are those of the proto."""

from enum import Enum


class RequestType(Enum):
    """The kinds of requests that a data subject can make."""

    ACCESS = "ACCESS"
    PORTABILITY = "PORTABILITY"
    RECTIFICATION = "RECTIFICATION"
    ERASURE = "ERASURE"
    RESTRICTION = "RESTRICTION"
    OBJECTION = "OBJECTION"
    OPT_OUT = "OPT_OUT"
    COMPLAINT = "COMPLAINT"


# The types that are supported. For the others only the search is built: no data would be corrected, erased or
# restricted, and no complaint handled.
BUILT_TYPES = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})


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


class DenialReason(Enum):
    """Why a request was denied; the names are those of the Data Rights Protocol."""

    SUSPECTED_FRAUD = "SUSPECTED_FRAUD"
    INSUF_VERIFICATION = "INSUF_VERIFICATION"
    NO_MATCH = "NO_MATCH"
    CLAIM_NOT_COVERED = "CLAIM_NOT_COVERED"
    OUTSIDE_JURISDICTION = "OUTSIDE_JURISDICTION"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    OTHER = "OTHER"
