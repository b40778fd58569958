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
    """How a metric is measured. in_money: its terms are amounts, of a ratio too. tracked: it counts certified persons
    of a track on a day, and has no window."""

    unit: RequirementUnit
    in_money: bool = False
    tracked: bool = False


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
    """A part of a figure, of one month and currency. value, of: as in `facts.domain.metrics.Sum`: counts, or
    ten-thousandths of a unit of the currency; `of` is the denominator of a ratio."""

    month: date
    currency: str
    value: int
    of: int
