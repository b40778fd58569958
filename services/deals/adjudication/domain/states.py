"""The states of a case and the reasons of decisions."""

from enum import Enum


class AdjudicationState(Enum):
    """How far a case is."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"
    APPEALED = "APPEALED"
    SETTLED = "SETTLED"


class AdjudicationReason(Enum):
    """Why a claim holds the customer; with NOT_ONE_DEAL every claim stays."""

    FIRST_CLAIM = "FIRST_CLAIM"
    INCUMBENT = "INCUMBENT"
    TERRITORY = "TERRITORY"
    ACTIVITY = "ACTIVITY"
    INVITATION = "INVITATION"
    CUSTOMER_CHOICE = "CUSTOMER_CHOICE"
    AGREED = "AGREED"
    NOT_ONE_DEAL = "NOT_ONE_DEAL"
    OTHER = "OTHER"


MAY_DECIDE = frozenset({AdjudicationState.OPEN})
MAY_APPEAL = frozenset({AdjudicationState.DECIDED, AdjudicationState.APPEALED})
MAY_RECORD = frozenset({AdjudicationState.OPEN, AdjudicationState.APPEALED})
