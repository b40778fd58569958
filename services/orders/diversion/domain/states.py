"""The states of a case."""

from enum import Enum


class DiversionCaseState(Enum):
    """How far a case is. EXPLAINED: the pieces came there innocently, DISMISSED: nothing is proven, VIOLATION: a person
    says that the partner breached a rule."""

    OPEN = "OPEN"
    EXPLAINED = "EXPLAINED"
    DISMISSED = "DISMISSED"
    VIOLATION = "VIOLATION"
