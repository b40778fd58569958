"""How far a partner is: the figure of each requirement, computed from the amounts of its window, and each level.

All terms are integers in ten-thousandths. An amount in another currency is converted once for each month and currency,
and rounded half to even to a ten-thousandth, so that a figure can be computed again from its documents and rates.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, assert_never

import msgspec

from libs.money import DIGITS, PER_UNIT, Money
from services.partners.program.domain.measures import Amount, Measure, RequirementUnit
from services.partners.program.domain.program import (
    Comparison,
    LevelBenefits,
    ProgramLevel,
    RateBasis,
    Requirement,
    RequirementMatch,
)


class RequirementStatus(Enum):
    """Whether a requirement is met."""

    MET = "MET"
    NOT_MET = "NOT_MET"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    RATE_UNKNOWN = "RATE_UNKNOWN"


class RateUsed(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange rate that converted amounts; the proto says what each field means."""

    from_currency: str
    to_currency: str
    day: date
    rate: str
    source: str
    basis: RateBasis


class Conversion(NamedTuple):
    """A rate with its exact factor."""

    used: RateUsed
    factor: Fraction


Conversions = Mapping[tuple[str, str, date], Conversion | None]
"""By currency, currency of the requirement, and month; None where no rate is known."""


class RequirementProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partner is from a requirement; the proto says what each field means. Figures are decimals as text."""

    metric: str
    comparison: Comparison
    status: RequirementStatus
    have: str = ""
    need: str
    missing: str = ""
    unit: RequirementUnit
    currency: str = ""
    numerator: str = ""
    denominator: str = ""
    first_day: date | None = None
    last_day: date
    product_line: str = ""
    track: str = ""
    downline: bool = False
    rates: tuple[RateUsed, ...] = ()


class GroupProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partner is from a group of requirements."""

    match: RequirementMatch
    met: bool
    requirements: tuple[RequirementProgress, ...]


class LevelProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partner is from a level; the proto says what each field means."""

    code: str
    rank: int
    met: bool
    kept: bool
    groups: tuple[GroupProgress, ...]
    benefits: LevelBenefits = LevelBenefits()


class _Terms(NamedTuple):
    """The sums of a figure in ten-thousandths, with the rates that made them; None if a rate is missing."""

    value: int
    of: int
    rates: tuple[RateUsed, ...]


def requirement_progress(
    asked: Requirement,
    measure: Measure,
    amounts: Iterable[Amount],
    *,
    conversions: Conversions,
    first: date | None,
    last: date,
) -> RequirementProgress:
    """The figure of a requirement, and whether it is met."""
    terms = _terms(asked, measure, amounts, conversions)
    status, have = _judged(asked, measure, terms)
    need = _threshold(asked.threshold)[0]
    missing = None
    if have is not None:
        gap = need - have if asked.comparison is Comparison.AT_LEAST else have - need
        missing = 0 if status is RequirementStatus.MET else max(gap, 0)
    shows_terms = terms is not None and measure.unit is RequirementUnit.RATIO
    return RequirementProgress(
        metric=asked.metric,
        comparison=asked.comparison,
        status=status,
        have=_text(have),
        need=_text(need),
        missing=_text(missing),
        unit=measure.unit,
        currency=asked.currency,
        numerator=_text(terms.value) if terms and shows_terms else "",
        denominator=_text(terms.of) if terms and shows_terms else "",
        first_day=first,
        last_day=last,
        product_line=asked.product_line,
        track=asked.track,
        downline=asked.downline,
        rates=terms.rates if terms else (),
    )


def level_progress(level: ProgramLevel, groups: Sequence[Sequence[RequirementProgress]]) -> LevelProgress:
    """How far a partner is from a level. groups: the progress of its requirements, in its order."""
    found = tuple(
        GroupProgress(
            match=group.match, met=_holds(group.match, some, keeping=False, unknown=False), requirements=tuple(some)
        )
        for group, some in zip(level.groups, groups, strict=True)
    )
    met = all(one.met for one in found)
    kept = met or all(_holds(one.match, one.requirements, keeping=True, unknown=False) for one in found)
    return LevelProgress(code=level.code, rank=level.rank, met=met, kept=kept, groups=found, benefits=level.benefits)


def reached(level: LevelProgress, *, unknown: bool, keeping: bool = False) -> bool:
    """Whether every group of a level is met. keeping: for a partner that holds the level, for which too little data
    counts. unknown: what a requirement counts as for which no rate is known."""
    return all(_holds(one.match, one.requirements, keeping=keeping, unknown=unknown) for one in level.groups)


def earned(levels: Sequence[LevelProgress], held: LevelProgress) -> LevelProgress | None:
    """The level that a partner has earned that holds `held`: the highest that it reaches, else its own if it keeps it,
    else the highest that it would keep. None if missing rates decide. levels: all, by rank."""
    found = [_earned(levels, held, unknown=unknown) for unknown in (False, True)]
    return found[0] if found[0] == found[1] else None


def _earned(levels: Sequence[LevelProgress], held: LevelProgress, *, unknown: bool) -> LevelProgress:
    for one in reversed(levels):
        if reached(one, unknown=unknown, keeping=one.rank <= held.rank):
            return one
    raise AssertionError("the level of rank 1 has no requirements")


def _holds(
    match: RequirementMatch, requirements: Iterable[RequirementProgress], *, keeping: bool, unknown: bool
) -> bool:
    found = [_counts(one.status, keeping=keeping, unknown=unknown) for one in requirements]
    return all(found) if match is RequirementMatch.ALL else any(found)


def _counts(status: RequirementStatus, *, keeping: bool, unknown: bool) -> bool:
    match status:
        case RequirementStatus.MET:
            return True
        case RequirementStatus.NOT_MET:
            return False
        case RequirementStatus.INSUFFICIENT_DATA:
            return keeping
        case RequirementStatus.RATE_UNKNOWN:
            return unknown
        case _:
            assert_never(status)


def _terms(asked: Requirement, measure: Measure, amounts: Iterable[Amount], conversions: Conversions) -> _Terms | None:
    value = of = 0
    used: dict[tuple[str, date], RateUsed] = {}
    for amount in amounts:
        if not measure.in_money:
            parts = PER_UNIT // measure.per_unit
            value, of = value + amount.value * parts, of + amount.of * parts
            continue
        if amount.currency == asked.currency:
            value, of = value + amount.value, of + amount.of
            continue
        conversion = conversions.get((amount.currency, asked.currency, amount.month))
        if conversion is None:
            return None
        value, of = value + _converted(amount.value, conversion), of + _converted(amount.of, conversion)
        used[amount.currency, conversion.used.day] = conversion.used
    return _Terms(value, of, tuple(used[place] for place in sorted(used)))


def _judged(asked: Requirement, measure: Measure, terms: _Terms | None) -> tuple[RequirementStatus, int | None]:
    """The status, and the figure in ten-thousandths; None if it is not known. A ratio is compared exactly, not
    rounded."""
    if terms is None:
        return RequirementStatus.RATE_UNKNOWN, None
    threshold = _threshold(asked.threshold)[1]
    exact: Fraction | int
    if measure.unit is RequirementUnit.RATIO:
        if terms.of <= 0 or terms.of < asked.minimum_data * PER_UNIT:
            return RequirementStatus.INSUFFICIENT_DATA, None
        exact = Fraction(terms.value, terms.of) * PER_UNIT
    else:
        exact = terms.value
    is_met = exact >= threshold if asked.comparison is Comparison.AT_LEAST else exact <= threshold
    return RequirementStatus.MET if is_met else RequirementStatus.NOT_MET, round(exact)


@lru_cache(1_000)
def _threshold(text: str) -> tuple[int, Fraction | int]:
    """A threshold in ten-thousandths, cut off and exactly."""
    exact = Fraction(text) * PER_UNIT
    return int(Decimal(text).scaleb(DIGITS)), exact.numerator if exact.denominator == 1 else exact


def _converted(amount: int, conversion: Conversion) -> int:
    factor = conversion.factor
    return Money(amount, conversion.used.from_currency).share(factor.numerator, factor.denominator).amount


def _text(value: int | None) -> str:
    """Ten-thousandths as a decimal without zeros at its end; empty for None."""
    if value is None:
        return ""
    whole, rest = divmod(abs(value), PER_UNIT)
    text = f"{whole}.{rest:0{DIGITS}}".rstrip("0") if rest else str(whole)
    return f"-{text}" if value < 0 else text
