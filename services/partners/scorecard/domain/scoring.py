"""The score of a card: points on linear scales, weights shared among the lines with data, and ranks among peers.

Exact: a figure is a fraction. Points and the score are rounded once each, half to even, to hundredths, so that anybody
can compute the score from the lines that are shown.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.money import PER_UNIT
from libs.segmentation.shares import WHOLE
from services.partners.conduct.domain.points import PER_POINT
from services.partners.facts.domain.metrics import Figure, Sum, figure
from services.partners.scorecard.domain.model import ScorecardDimension, Unit, unit_of

HUNDREDTHS = 100  # of a point
FULL = 100 * HUNDREDTHS
_DECIMALS = 6
_CONTEXT = Context(prec=60)


class LineState(Enum):
    """Whether a line counts, and why not."""

    SCORED = "SCORED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    RATE_UNKNOWN = "RATE_UNKNOWN"


class ScorecardRate(msgspec.Struct, frozen=True, kw_only=True):
    """The mean rate with which the amounts of a month were converted; see `libs.exchange.AverageRate`."""

    currency: str
    month: date
    rate: str
    day_count: int


class Measured(NamedTuple):
    """What was found for a dimension. sums: None without any document. rate_unknown: an amount could not be
    converted."""

    sums: Sum | None = None
    rates: tuple[ScorecardRate, ...] = ()
    rate_unknown: bool = False


class ScorecardLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a card. figure: both terms as they are. value: what is compared with the scale, a decimal, rounded to
    six places. points: in hundredths. shared_weight_basis_points: after the weights of lines without data were shared
    among the others."""

    dimension: ScorecardDimension
    state: LineState
    figure: Figure = Figure()
    value: str = ""
    points: int = 0
    shared_weight_basis_points: int = 0
    rates: tuple[ScorecardRate, ...] = ()


class Tally(msgspec.Struct, frozen=True):
    """How many cards of a peer group have a score, in hundredths of a point."""

    score: int
    count: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a card among those of its peer group that have a score. rank: 1 for the best, equal scores share
    one. percentile: hundredths of a percent: the peers with a lower score, and half of those with the same one, the
    card itself included, of all."""

    rank: int
    peer_count: int
    percentile: int


def line_of(dimension: ScorecardDimension, found: Measured, currency: str) -> ScorecardLine:
    """The line of a dimension before weights are shared. currency: of the model."""
    unit = unit_of(dimension)
    shown_in = currency if unit in (Unit.MONEY, Unit.RATIO_OF_MONEY) else ""
    if found.rate_unknown:
        return ScorecardLine(dimension=dimension, state=LineState.RATE_UNKNOWN, rates=found.rates)
    sums = found.sums
    if sums is None and dimension.zero_without_documents:
        sums = Sum()
    shown = figure(sums, shown_in) if sums is not None else Figure()
    value = _value(unit, sums, dimension.minimum) if sums is not None else None
    if value is None:
        return ScorecardLine(dimension=dimension, state=LineState.INSUFFICIENT_DATA, figure=shown, rates=found.rates)
    return ScorecardLine(
        dimension=dimension,
        state=LineState.SCORED,
        figure=shown,
        value=_text(value),
        points=points(value, worst=Fraction(dimension.worst), target=Fraction(dimension.target)),
        rates=found.rates,
    )


def points(value: Fraction, *, worst: Fraction, target: Fraction) -> int:
    """Hundredths of a point: none at `worst` and beyond it, 100 points at `target` and beyond it, linear between."""
    share = (value - worst) / (target - worst)
    return round(min(max(share, Fraction(0)), Fraction(1)) * FULL)


def shared(lines: Sequence[ScorecardLine]) -> tuple[ScorecardLine, ...]:
    """The lines with their weights after sharing: those of lines that are not scored go to the others in proportion, in
    whole basis points; what rounding leaves goes to the largest remainders, the first line of equal ones."""
    counting = [place for place, one in enumerate(lines) if one.state is LineState.SCORED]
    total = sum(lines[place].dimension.weight_basis_points for place in counting)
    weights = dict.fromkeys(range(len(lines)), 0)
    left = WHOLE if total else 0
    for place in counting:
        weights[place] = lines[place].dimension.weight_basis_points * WHOLE // total
        left -= weights[place]
    by_remainder = sorted(counting, key=lambda place: -(lines[place].dimension.weight_basis_points * WHOLE % total))
    for place in by_remainder[:left]:
        weights[place] += 1
    return tuple(replace(one, shared_weight_basis_points=weights[place]) for place, one in enumerate(lines))


def score_of(lines: Sequence[ScorecardLine]) -> int | None:
    """The score in hundredths of a point, of lines with shared weights; None if no line has data."""
    if not any(one.state is LineState.SCORED for one in lines):
        return None
    return round(Fraction(sum(one.points * one.shared_weight_basis_points for one in lines), WHOLE))


def tallied(tallies: Sequence[Tally], score: int, *, by: int = 1) -> tuple[Tally, ...]:
    """The tallies with `by` more cards of a score, sorted by score."""
    counts = {one.score: one.count for one in tallies}
    counts[score] = counts.get(score, 0) + by
    return tuple(Tally(score, count) for score, count in sorted(counts.items()) if count)


def standing(tallies: Sequence[Tally], score: int) -> Standing:
    """The place of a card with a score that the tallies include."""
    count = sum(one.count for one in tallies)
    above = sum(one.count for one in tallies if one.score > score)
    same = sum(one.count for one in tallies if one.score == score)
    below = count - above - same
    return Standing(rank=above + 1, peer_count=count, percentile=round(Fraction((2 * below + same) * WHOLE, 2 * count)))


def _value(unit: Unit, sums: Sum, minimum: int) -> Fraction | None:
    """What is compared with the scale; None if there is too little of it."""
    if unit is Unit.MONEY:
        return Fraction(sums.value, PER_UNIT)
    if unit is Unit.COUNT:
        return Fraction(sums.value)
    if unit is Unit.THOUSANDTHS:
        return Fraction(sums.value, PER_POINT)
    whole = Fraction(sums.of, PER_UNIT) if unit is Unit.RATIO_OF_MONEY else Fraction(sums.of)
    if whole <= 0 or whole < minimum:
        return None
    return Fraction(sums.value, sums.of * (HUNDREDTHS if unit is Unit.MEAN_SCORE else 1))


def _text(value: Fraction) -> str:
    """The decimal of a fraction, rounded half to even to six places, without zeros at its end."""
    scaled = Decimal(round(value * 10**_DECIMALS)).scaleb(-_DECIMALS, _CONTEXT)
    text = f"{scaled:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
