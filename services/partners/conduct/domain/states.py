"""The states of a case, the moves between them, and the enumerations of its fields."""

from collections.abc import Mapping
from enum import Enum


class ConductBasis(Enum):
    """Where a rule stands."""

    AGREEMENT = "AGREEMENT"
    PROGRAMME = "PROGRAMME"


class ConductState(Enum):
    """How far a case is."""

    REPORTED = "REPORTED"
    UNDER_INVESTIGATION = "UNDER_INVESTIGATION"
    NOTICE = "NOTICE"
    WARNING = "WARNING"
    FINE = "FINE"
    SUSPENSION = "SUSPENSION"
    TERMINATION = "TERMINATION"
    DISMISSED = "DISMISSED"
    CLOSED = "CLOSED"


class ConductSource(Enum):
    """Where a case comes from."""

    REPORT = "REPORT"
    PRICE = "PRICE"
    DIVERSION = "DIVERSION"


class ConductReason(Enum):
    """Why a step was decided."""

    PLAUSIBLE = "PLAUSIBLE"
    PROVEN = "PROVEN"
    REPEATED = "REPEATED"
    NOT_CURED = "NOT_CURED"
    SEVERE = "SEVERE"
    NOT_PROVEN = "NOT_PROVEN"
    NO_BREACH = "NO_BREACH"
    CURED = "CURED"
    CARRIED_OUT = "CARRIED_OUT"
    APPEAL_UPHELD = "APPEAL_UPHELD"


class ConductEvidenceKind(Enum):
    """What a piece of evidence is."""

    DOCUMENT = "DOCUMENT"
    PUBLICATION = "PUBLICATION"
    PHOTO = "PHOTO"
    CORRESPONDENCE = "CORRESPONDENCE"
    OTHER = "OTHER"


class ConductAppealState(Enum):
    """How far an appeal is."""

    FILED = "FILED"
    UPHELD = "UPHELD"
    REJECTED = "REJECTED"


# The steps of the ladder, from the lowest to the highest.
LADDER = (
    ConductState.NOTICE,
    ConductState.WARNING,
    ConductState.FINE,
    ConductState.SUSPENSION,
    ConductState.TERMINATION,
)

# The states to which a decision moves a case, by its state.
MOVES: Mapping[ConductState, frozenset[ConductState]] = {
    ConductState.REPORTED: frozenset({ConductState.UNDER_INVESTIGATION, ConductState.DISMISSED}),
    ConductState.UNDER_INVESTIGATION: frozenset({*LADDER, ConductState.DISMISSED}),
    **{step: frozenset({*LADDER[place:], ConductState.CLOSED}) for place, step in enumerate(LADDER, start=1)},
    ConductState.DISMISSED: frozenset(),
    ConductState.CLOSED: frozenset(),
}

OPEN = frozenset({ConductState.REPORTED, ConductState.UNDER_INVESTIGATION, *LADDER})
MAY_STATE = OPEN
MAY_APPEAL = frozenset({*LADDER, ConductState.CLOSED})
TWO_PERSONS = frozenset(LADDER[2:])  # above WARNING
CURABLE = frozenset({ConductState.NOTICE, ConductState.WARNING})
