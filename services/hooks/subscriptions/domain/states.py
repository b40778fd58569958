"""The states of a subscription and how its deliveries are signed; the protos describe each value."""

from enum import Enum


class SubscriptionState(Enum):
    """Whether events are delivered."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


class DisableCause(Enum):
    """Why a subscription is disabled."""

    ASKED = "ASKED"
    GONE = "GONE"
    FAILING = "FAILING"


class SignatureScheme(Enum):
    """How deliveries are signed."""

    ED25519 = "ED25519"
    HMAC_SHA256 = "HMAC_SHA256"


ACTIVE = frozenset({SubscriptionState.ACTIVE})
DISABLED = frozenset({SubscriptionState.DISABLED})
NOT_DELETED = frozenset({SubscriptionState.ACTIVE, SubscriptionState.DISABLED})
