"""The enums of breaches; the names are those of the proto, which describes each."""

from enum import Enum


class BreachState(Enum):
    """The state of a breach."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class BreachKind(Enum):
    """What was breached."""

    CONFIDENTIALITY = "CONFIDENTIALITY"
    INTEGRITY = "INTEGRITY"
    AVAILABILITY = "AVAILABILITY"


class BreachRisk(Enum):
    """The risk for the persons, from low to high."""

    UNLIKELY = "UNLIKELY"
    LIKELY = "LIKELY"
    HIGH = "HIGH"

    def reaches(self, least: "BreachRisk") -> bool:
        """Whether it is `least` or higher."""
        order = tuple(BreachRisk)
        return order.index(self) >= order.index(least)


class NoticeAddressee(Enum):
    """Who is told."""

    AUTHORITY = "AUTHORITY"
    PERSONS = "PERSONS"


class NoticeStep(Enum):
    """Which of the notices to the same addressee."""

    INITIAL = "INITIAL"
    DETAIL = "DETAIL"
