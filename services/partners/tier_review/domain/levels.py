"""The level that a partner holds, and why it changes."""

from enum import Enum

import msgspec


class HeldLevel(msgspec.Struct, frozen=True, kw_only=True):
    """A level under the version of the programme by which it was decided."""

    code: str
    rank: int
    program_id: str


class OverrideReason(Enum):
    """Why a person has given a partner another level than it has earned."""

    STRATEGIC = "STRATEGIC"
    TRANSITION = "TRANSITION"
    DATA_CORRECTION = "DATA_CORRECTION"
    CONDUCT = "CONDUCT"
    OTHER = "OTHER"


class EnrolmentEndReason(Enum):
    """Why a membership ends."""

    PARTNER_WISH = "PARTNER_WISH"
    PROGRAM_CLOSED = "PROGRAM_CLOSED"
    OTHER_PROGRAM = "OTHER_PROGRAM"
    CONDUCT = "CONDUCT"
    PARTNER_TERMINATED = "PARTNER_TERMINATED"


class TierChangeCause(Enum):
    """Why the level of a partner changed."""

    ENROLLED = "ENROLLED"
    PROMOTED = "PROMOTED"
    CONFIRMED = "CONFIRMED"
    DEMOTED = "DEMOTED"
    OVERRIDDEN = "OVERRIDDEN"
    OVERRIDE_ENDED = "OVERRIDE_ENDED"
    LEVEL_REMOVED = "LEVEL_REMOVED"
    ENROLMENT_ENDED = "ENROLMENT_ENDED"
    VERSION_APPLIED = "VERSION_APPLIED"
