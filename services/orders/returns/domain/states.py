"""The states of a return, and the states that each transition requires."""

from enum import Enum


class ReturnState(Enum):
    """The progress of a return."""

    DRAFT = "DRAFT"
    AUTHORIZED = "AUTHORIZED"
    RECEIVED = "RECEIVED"
    INSPECTED = "INSPECTED"
    REFUNDED = "REFUNDED"
    REPLACED = "REPLACED"
    REJECTED = "REJECTED"
    REPAIRED = "REPAIRED"


class ReturnReason(Enum):
    """Why goods come back."""

    DEFECTIVE = "DEFECTIVE"
    WRONG_ITEM = "WRONG_ITEM"
    DAMAGED_IN_TRANSIT = "DAMAGED_IN_TRANSIT"
    NOT_NEEDED = "NOT_NEEDED"
    RECALL = "RECALL"
    OTHER = "OTHER"


class ReturnResolution(Enum):
    """What the partner gets for returned goods."""

    REFUND = "REFUND"
    REPLACEMENT = "REPLACEMENT"
    REPAIR = "REPAIR"


MAY_RECEIVE = frozenset({ReturnState.AUTHORIZED})
MAY_INSPECT = frozenset({ReturnState.RECEIVED})
MAY_SETTLE = frozenset({ReturnState.INSPECTED})
MAY_SEND_BACK = MAY_SETTLE | {
    ReturnState.REFUNDED,
    ReturnState.REPLACED,
    ReturnState.REPAIRED,
    ReturnState.REJECTED,
}
