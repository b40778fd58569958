"""The channels of contacts."""

from enum import Enum


class LogChannel(Enum):
    """How people are in contact."""

    VISIT = "VISIT"
    CALL = "CALL"
    VIDEO = "VIDEO"
    MAIL = "MAIL"
    LETTER = "LETTER"
    CHAT = "CHAT"
    EVENT = "EVENT"
    OTHER = "OTHER"
