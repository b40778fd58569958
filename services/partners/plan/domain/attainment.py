"""How much of a target is reached, of what the figure is made, and what was to be expected by now.

Everything is exact until it is shown: fractions of units, rounded half to even once.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import msgspec

from libs.money import PER_UNIT, Money
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.domain.sums import Fact
from services.partners.plan.domain.rates import Conversion, PlanRate
from services.partners.plan.domain.targets import PlanTarget, month_after

SEASON_MONTHS = Fraction(2, 3)
"""The share of the months of the period that had figures a year before, for them to say how the year goes."""


class PlanAttainmentState(Enum):
    """Whether figures allow to say what was reached."""

    MEASURED = "MEASURED"
    INSUFFICIENT_DATA_NOT_REACHED = "INSUFFICIENT_DATA_NOT_REACHED"
    INSUFFICIENT_DATA_RATE_MISSING = "INSUFFICIENT_DATA_RATE_MISSING"


class PlanPaceBasis(Enum):
    """How the expected share of a target was found."""

    LINEAR = "LINEAR"
    SEASON = "SEASON"


class PlanValue(msgspec.Struct, frozen=True, kw_only=True):
    """An amount, or a count as a decimal."""

    amount: Money | None = None
    count: str = ""


class PlanPart(msgspec.Struct, frozen=True, kw_only=True):
    """What was reported in a month, in one currency. rate: None if it is not known, or nothing is converted."""

    month: date
    value: PlanValue
    rate: PlanRate | None = None


class PlanPace(msgspec.Struct, frozen=True, kw_only=True):
    """What was to be expected, and the figure less that."""

    basis: PlanPaceBasis
    expected: PlanValue
    difference: PlanValue
    expected_percent: str


class PlanEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask ListFactEvidence for. product_line: None: all of them."""

    partner_id: str
    metric: FactMetric
    day_from: date
    day_before: date
    product_line: str | None = None


class PlanAttainment(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a target was reached; figure, percent and pace only if it is MEASURED."""

    target: PlanTarget
    state: PlanAttainmentState
    figure: PlanValue | None = None
    attained_percent: str = ""
    pace: PlanPace | None = None
    parts: tuple[PlanPart, ...] = ()
    evidence: PlanEvidence


class _Share(msgspec.Struct, frozen=True):
    """The share of a target that was to be expected."""

    part: Fraction
    basis: PlanPaceBasis


def attained(
    target: PlanTarget, partner_id: str, facts: Sequence[Fact], *, as_of: date, conversion: Conversion
) -> PlanAttainment:
    """How much of a target is reached. facts: of the partner and the metric, of the months of the period and of those a
    year before. as_of: the day that runs, up to which everything is in the facts."""
    evidence = PlanEvidence(
        partner_id=partner_id,
        metric=target.metric,
        day_from=target.first_day,
        day_before=target.day_after,
        product_line=target.product_line or None,
    )
    if as_of < target.first_day:
        state = PlanAttainmentState.INSUFFICIENT_DATA_NOT_REACHED
        return PlanAttainment(target=target, state=state, evidence=evidence)
    sums = _sums(target, facts, target.months)
    parts = tuple(_part(target, *key, value, conversion) for key, value in sorted(sums.items()))
    by_month = _by_month(target, sums, conversion)
    if by_month is None:
        state = PlanAttainmentState.INSUFFICIENT_DATA_RATE_MISSING
        return PlanAttainment(target=target, state=state, parts=parts, evidence=evidence)
    figure, goal = sum(by_month.values(), Fraction()), _goal(target)
    share = _expected(target, facts, as_of=as_of, conversion=conversion)
    expected = goal * share.part
    return PlanAttainment(
        target=target,
        state=PlanAttainmentState.MEASURED,
        figure=_value(figure, target.currency),
        attained_percent=_percent(figure / goal),
        pace=PlanPace(
            basis=share.basis,
            expected=_value(expected, target.currency),
            difference=_value(figure - expected, target.currency),
            expected_percent=_percent(share.part),
        ),
        parts=parts,
        evidence=evidence,
    )


def _expected(target: PlanTarget, facts: Sequence[Fact], *, as_of: date, conversion: Conversion) -> _Share:
    """The share that was to be reached before the day `as_of`."""
    days = (target.day_after - target.first_day).days
    linear = _Share(Fraction(min((as_of - target.first_day).days, days), days), PlanPaceBasis.LINEAR)
    months = [month_after(month, -12) for month in target.months]
    season = _by_month(target, _sums(target, facts, months), conversion)
    if len(months) == 1 or season is None or not _tells_season(season, len(months)):
        return linear
    reached = sum((season.get(month, Fraction()) * _passed(month, as_of) for month in months), Fraction())
    return _Share(reached / sum(season.values(), Fraction()), PlanPaceBasis.SEASON)


def _tells_season(season: dict[date, Fraction], months: int) -> bool:
    enough = sum(value > 0 for value in season.values()) >= SEASON_MONTHS * months
    return enough and all(value >= 0 for value in season.values())


def _passed(month: date, as_of: date) -> Fraction:
    """The share of the days of a month of this year that passed before `as_of`. month: the same one of last year."""
    this = month_after(month, 12)
    days = (month_after(this, 1) - this).days
    return Fraction(min(max((as_of - this).days, 0), days), days)


def _sums(target: PlanTarget, facts: Sequence[Fact], months: Sequence[date]) -> dict[tuple[date, str], int]:
    """The sums of these months, by month and currency."""
    found: dict[tuple[date, str], int] = {}
    for fact in facts:
        asked = fact.metric is target.metric and target.product_line in ("", fact.product_line)
        if asked and fact.month is not None and fact.month in months and fact.own:
            key = (fact.month, fact.currency)
            found[key] = found.get(key, 0) + fact.own.value
    return found


def _by_month(
    target: PlanTarget, sums: dict[tuple[date, str], int], conversion: Conversion
) -> dict[date, Fraction] | None:
    """The sums in the currency of the target, in units, by month; None if a rate is missing."""
    found: dict[date, Fraction] = {}
    for (month, currency), value in sums.items():
        worth = Fraction(value, PER_UNIT) if currency else Fraction(value)
        if currency != target.currency:
            if (rate := conversion.rate(currency, target.currency, month)) is None:
                return None
            worth *= rate.exact
        found[month] = found.get(month, Fraction()) + worth
    return found


def _part(target: PlanTarget, month: date, currency: str, value: int, conversion: Conversion) -> PlanPart:
    shown = PlanValue(amount=Money(value, currency)) if currency else PlanValue(count=str(value))
    rate = conversion.rate(currency, target.currency, month) if currency != target.currency else None
    return PlanPart(month=month, value=shown, rate=rate)


def _goal(target: PlanTarget) -> Fraction:
    return Fraction(target.amount.amount, PER_UNIT) if target.amount else Fraction(target.count)


def _value(units: Fraction, currency: str) -> PlanValue:
    whole = round(units * PER_UNIT)
    if currency:
        return PlanValue(amount=Money(whole, currency))
    text = f"{Decimal(whole).scaleb(-4):f}"
    return PlanValue(count=text.rstrip("0").rstrip("."))


def _percent(share: Fraction) -> str:
    return f"{Decimal(round(share * 10_000)).scaleb(-2):f}"
