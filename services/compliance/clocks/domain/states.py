"""The enums of a clock. The names are those of the proto."""

from enum import Enum


class DeadlineType(Enum):
    """What has to be done in time."""

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"
    ANSWER = "ANSWER"
    EXTENSION = "EXTENSION"


class ClockState(Enum):
    """The state of a clock."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class ExtensionReason(Enum):
    """Why an answer takes longer; the names are those of W3C DPV 2.3 (`justifications:`)."""

    IDENTITY_VERIFICATION_REQUIRED = "IDENTITY_VERIFICATION_REQUIRED"
    COMPLEXITY_OF_PROCESS = "COMPLEXITY_OF_PROCESS"
    HIGH_VOLUME_OF_PROCESSES = "HIGH_VOLUME_OF_PROCESSES"
    INFORMATION_REQUIRED = "INFORMATION_REQUIRED"
