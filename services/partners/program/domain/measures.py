"""What requirements measure: the units, and the amounts that a source of a metric answers."""

from datetime import date
from enum import Enum
from typing import NamedTuple


class RequirementUnit(Enum):
    """What the figures of a requirement count."""

    MONEY = "MONEY"
    COUNT = "COUNT"
    RATIO = "RATIO"


class Measure(NamedTuple):
    """How a metric is measured. in_money: its terms are amounts, of a ratio too. on_day: it is the partner's own figure
    of the last day, and has no window. tracked: it is about a track. per_unit: how many parts of a count make one.
    undivided: it is of no product line, and not of the downline."""

    unit: RequirementUnit
    in_money: bool = False
    on_day: bool = False
    tracked: bool = False
    per_unit: int = 1
    undivided: bool = False


class Asked(NamedTuple):
    """A figure of a partner that a source is asked for. first, last: the days of its window. downline: the figures of
    all partners below are included."""

    partner_id: str
    metric: str
    first: date
    last: date
    product_line: str
    track: str
    downline: bool


class Amount(NamedTuple):
    """A part of a figure, of one month and currency. value, of: as in `facts.domain.metrics.Sum`: counts, in parts as
    the measure says, or ten-thousandths of a unit of the currency; `of` is the denominator of a ratio."""

    month: date
    currency: str
    value: int
    of: int
