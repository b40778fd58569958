"""The states of a delivery and the outcomes of an attempt; the protos describe each value."""

from enum import Enum


class DeliveryState(Enum):
    """How far a delivery is."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    GIVEN_UP = "GIVEN_UP"
    MISSED = "MISSED"


class AttemptOutcome(Enum):
    """How an attempt ended."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    GONE = "GONE"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    TLS_FAILED = "TLS_FAILED"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    PROTOCOL_FAILED = "PROTOCOL_FAILED"


RECOVERABLE = (DeliveryState.GIVEN_UP, DeliveryState.MISSED)
