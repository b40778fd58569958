"""The states of a finding, and why one was dismissed."""

from enum import Enum


class QualityFindingState(Enum):
    """The state of a finding."""

    OPEN = "OPEN"
    DISMISSED = "DISMISSED"
    MENDED = "MENDED"
    LAPSED = "LAPSED"


class QualityDismissal(Enum):
    """Why a finding was dismissed."""

    RIGHT_AS_IT_IS = "RIGHT_AS_IT_IS"
    CANNOT_BE_HAD = "CANNOT_BE_HAD"
    NOT_THE_SAME = "NOT_THE_SAME"
    NOT_WORTH_IT = "NOT_WORTH_IT"


LIVE = MAY_DISMISS = frozenset({QualityFindingState.OPEN, QualityFindingState.DISMISSED})
