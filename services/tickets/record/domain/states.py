"""What a ticket can be, and which state each move needs; names and meanings are those of prm.tickets.v1."""

from enum import Enum

from libs.partner import PartnerStatus


class TicketState(Enum):
    """Where a ticket stands."""

    NEW = "NEW"
    OPEN = "OPEN"
    PENDING = "PENDING"
    HELD = "HELD"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    CANCELED = "CANCELED"


class PendingReason(Enum):
    """What a ticket waits for."""

    AWAITING_REQUESTER = "AWAITING_REQUESTER"
    AWAITING_VENDOR = "AWAITING_VENDOR"
    AWAITING_PROBLEM = "AWAITING_PROBLEM"
    AWAITING_EVIDENCE = "AWAITING_EVIDENCE"
    AWAITING_PARTS = "AWAITING_PARTS"
    OTHER = "OTHER"


class Impact(Enum):
    """How much is affected."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Urgency(Enum):
    """How long it can wait."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Priority(Enum):
    """What follows from impact and urgency, most pressing first."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MODERATE = "MODERATE"
    LOW = "LOW"
    PLANNING = "PLANNING"


class Channel(Enum):
    """How a ticket came in."""

    PHONE = "PHONE"
    EMAIL = "EMAIL"
    PORTAL = "PORTAL"
    CHAT = "CHAT"
    API = "API"
    FIELD_VISIT = "FIELD_VISIT"


class CloseCode(Enum):
    """Why a ticket was closed."""

    SOLVED = "SOLVED"
    WORKAROUND = "WORKAROUND"
    NOT_REPRODUCIBLE = "NOT_REPRODUCIBLE"
    DUPLICATE = "DUPLICATE"
    CANCELED = "CANCELED"


class ComplaintType(Enum):
    """What a complaint is about."""

    PRODUCT = "PRODUCT"
    SPEED = "SPEED"
    QUALITY = "QUALITY"
    CONDUCT = "CONDUCT"
    PRICE = "PRICE"
    DELIVERY = "DELIVERY"
    OTHER = "OTHER"


class ComplaintCause(Enum):
    """What caused a complaint."""

    DEFECT = "DEFECT"
    CAPACITY = "CAPACITY"
    SKILL = "SKILL"
    PROCESS = "PROCESS"
    PARTNER = "PARTNER"
    SUPPLIER = "SUPPLIER"
    OTHER = "OTHER"


class ClockType(Enum):
    """What is to be done in time."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    NEXT_RESPONSE = "NEXT_RESPONSE"
    RESOLUTION = "RESOLUTION"


class ClockState(Enum):
    """How a clock stands."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MET = "MET"
    BREACHED = "BREACHED"
    STOPPED = "STOPPED"


class SlaOutcome(Enum):
    """Whether everything was done in time."""

    MET = "MET"
    BREACHED = "BREACHED"


class Visibility(Enum):
    """A stream of a ticket."""

    PARTNER = "PARTNER"
    INTERNAL = "INTERNAL"


class CommentSide(Enum):
    """A side of a ticket."""

    VENDOR = "VENDOR"
    REQUESTER = "REQUESTER"


RESPONSES = frozenset({ClockType.FIRST_RESPONSE, ClockType.NEXT_RESPONSE})

WAITING = frozenset({TicketState.PENDING, TicketState.HELD})
MAY_ASSIGN = MAY_CANCEL = frozenset({TicketState.NEW, TicketState.OPEN}) | WAITING
MAY_PAUSE = frozenset({TicketState.OPEN})
MAY_RESUME = WAITING
MAY_RESOLVE = frozenset({TicketState.OPEN}) | WAITING
MAY_CLOSE = MAY_CANCEL | {TicketState.RESOLVED}
MAY_REOPEN = MAY_RATE = frozenset({TicketState.RESOLVED, TicketState.CLOSED})
MAY_COMMENT = MAY_LINK = MAY_CANCEL | {TicketState.RESOLVED}
MAY_FILE = frozenset({PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED})  # a suspended one's customers need help, too
ENDED = frozenset({TicketState.CLOSED, TicketState.CANCELED})

# Codes that end a ticket nobody solved.
WITHOUT_SOLUTION = frozenset({CloseCode.DUPLICATE, CloseCode.CANCELED})


def priority_of(impact: Impact, urgency: Urgency) -> Priority:
    """Both high is CRITICAL; each step down of either lowers it by one."""
    steps = list(Impact).index(impact) + list(Urgency).index(urgency)
    return list(Priority)[steps]


def waits_as(reason: PendingReason) -> TicketState:
    """The state in which one waits for this."""
    return TicketState.PENDING if reason is PendingReason.AWAITING_REQUESTER else TicketState.HELD
