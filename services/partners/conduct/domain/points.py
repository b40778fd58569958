"""Points of cases, and how they decay: a pure rule over days."""

from datetime import date
from enum import Enum
from typing import NamedTuple

from libs.deadlines import months_later

PER_POINT = 1000
_MONTHS_PER_YEAR = 12


class Decay(Enum):
    """EXPIRY: points count whole for so many completed calendar months, and then no more. HALF_LIFE: each time so many
    months are completed, half of what was left is left, rounded down to a thousandth."""

    EXPIRY = "EXPIRY"
    HALF_LIFE = "HALF_LIFE"


class DecayRule(NamedTuple):
    """How points decay. months: 1 or more."""

    decay: Decay
    months: int


def points_left(points: int, rule: DecayRule, *, given_on: date, day: date) -> int:
    """What is left of points on a day, in thousandths of a point; 0 before they were given."""
    if day < given_on:
        return 0
    periods = completed_months(given_on, day) // rule.months
    if rule.decay is Decay.EXPIRY:
        return 0 if periods else points * PER_POINT
    return points * PER_POINT >> periods


def completed_months(since: date, day: date) -> int:
    """How many calendar months are completed on a day that is not before `since`. The month from the 31st is completed
    on the last day of a shorter month."""
    months = (day.year - since.year) * _MONTHS_PER_YEAR + day.month - since.month
    return months if months_later(since, months) <= day else months - 1
