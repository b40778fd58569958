"""The states of plans and of initiatives, and the moves between them."""

from enum import Enum


class PlanState(Enum):
    """How far a plan is."""

    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    SUPERSEDED = "SUPERSEDED"
    CLOSED = "CLOSED"
    CANCELED = "CANCELED"


class PlanMove(Enum):
    """A move of a plan."""

    REVISE = "REVISE"
    PROPOSE = "PROPOSE"
    AGREE = "AGREE"
    RETURN = "RETURN"
    SUPERSEDE = "SUPERSEDE"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"


class PlanSide(Enum):
    """A side of a plan."""

    VENDOR = "VENDOR"
    PARTNER = "PARTNER"


class InitiativeState(Enum):
    """How far an initiative is."""

    PLANNED = "PLANNED"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELED = "CANCELED"


class InitiativeOwner(Enum):
    """The role that does it."""

    CHANNEL_MANAGER = "CHANNEL_MANAGER"
    REGION_HEAD = "REGION_HEAD"
    MARKETING = "MARKETING"
    SUPPORT_AGENT = "SUPPORT_AGENT"
    PARTNER_ADMIN = "PARTNER_ADMIN"
    PARTNER_SALES = "PARTNER_SALES"
    PARTNER_SUPPORT = "PARTNER_SUPPORT"


_DRAFT, _PROPOSED, _AGREED = (frozenset({one}) for one in (PlanState.DRAFT, PlanState.PROPOSED, PlanState.AGREED))
OPEN = _DRAFT | _PROPOSED | _AGREED

MOVES: dict[PlanMove, tuple[frozenset[PlanState], PlanState]] = {
    PlanMove.REVISE: (_DRAFT, PlanState.DRAFT),
    PlanMove.PROPOSE: (_DRAFT, PlanState.PROPOSED),
    PlanMove.AGREE: (_PROPOSED, PlanState.AGREED),
    PlanMove.RETURN: (_PROPOSED, PlanState.DRAFT),
    PlanMove.SUPERSEDE: (_AGREED, PlanState.SUPERSEDED),
    PlanMove.CLOSE: (_AGREED, PlanState.CLOSED),
    PlanMove.CANCEL: (OPEN, PlanState.CANCELED),
}
"""For each move the states that it requires, and the state after it; AGREED takes both sides."""

MAY_CHANGE_INITIATIVE = frozenset({InitiativeState.PLANNED, InitiativeState.IN_PROGRESS})
