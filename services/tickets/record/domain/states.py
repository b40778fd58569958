"""The states and enums of a ticket, and the states that each transition requires; as in prm.tickets.v1."""

from enum import Enum

from libs.partner import PartnerStatus


class TicketState(Enum):
    """The state of a ticket."""

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
    """The priority that follows from impact and urgency, the highest first."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MODERATE = "MODERATE"
    LOW = "LOW"
    PLANNING = "PLANNING"


class Channel(Enum):
    """The channel by which a ticket arrived."""

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
    """What a clock measures."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    NEXT_RESPONSE = "NEXT_RESPONSE"
    RESOLUTION = "RESOLUTION"


class ClockState(Enum):
    """The state of a clock."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MET = "MET"
    BREACHED = "BREACHED"
    STOPPED = "STOPPED"


class SlaOutcome(Enum):
    """Whether all clocks were met in time."""

    MET = "MET"
    BREACHED = "BREACHED"


class Visibility(Enum):
    """Who can read a comment: also the partner, or only the vendor."""

    PARTNER = "PARTNER"
    INTERNAL = "INTERNAL"


class CommentSide(Enum):
    """The side for which a comment is written."""

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
MAY_FILE = frozenset({PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED})  # customers of a suspended partner need help, too
ENDED = frozenset({TicketState.CLOSED, TicketState.CANCELED})

# The close codes of tickets that were not solved.
WITHOUT_SOLUTION = frozenset({CloseCode.DUPLICATE, CloseCode.CANCELED})


def priority_of(impact: Impact, urgency: Urgency) -> Priority:
    """The priority: CRITICAL if both are HIGH; each step down of either lowers it by one."""
    steps = list(Impact).index(impact) + list(Urgency).index(urgency)
    return list(Priority)[steps]


def waits_as(reason: PendingReason) -> TicketState:
    """The state of a ticket that waits for this."""
    return TicketState.PENDING if reason is PendingReason.AWAITING_REQUESTER else TicketState.HELD
