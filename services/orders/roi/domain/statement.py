"""The computation: benefits against a baseline, costs by the days of the period, and the return. Exact fractions; each
line is rounded once, so that the lines add up to the sums."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

import msgspec

from libs.document import Document
from libs.errors import Violation
from libs.exchange import ExchangeRate
from libs.money import LIMIT_UNITS, PER_UNIT, Money, total
from services.orders.roi.domain.terms import SAVINGS, BenefitKind, CostKind, Period, RoiTerms

_WHOLE = 10_000
_LIMIT = LIMIT_UNITS * PER_UNIT
_MOST_TIMES_COST = 10**12


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its evidence. amounts: by currency, at most one each. document_count: of how many documents they
    are the sum; 0 for a stated figure. source: where a stated figure stands; empty for a measured one."""

    amounts: tuple[Money, ...] = ()
    document_count: int = 0
    source: str = ""


class BenefitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a benefit in the baseline and in the period."""

    kind: BenefitKind
    baseline: Measured
    actual: Measured


class RoiStatement(Document, frozen=True, kw_only=True):
    """A statement: what was stated, and the facts as they were measured. rates: from each other currency into that of
    the statement, on the last day of the period, or the day of the measurement if that is earlier."""

    terms: RoiTerms
    facts: tuple[BenefitFacts, ...]
    rates: tuple[ExchangeRate, ...] = ()
    create_time: datetime
    update_time: datetime


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """A cost as it counts: the part for the days within the period, in the currency of the statement."""

    kind: CostKind
    formula: str
    amount: Money
    counted: Money
    source: str


class BenefitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A benefit as it counts. formula: with the figures by name. counted: whether the reader has it on."""

    kind: BenefitKind
    formula: str
    baseline: Money
    actual: Money
    benefit: Money
    counted: bool
    baseline_evidence: Measured
    actual_evidence: Measured


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """The return: (benefit - cost) / cost in basis points, rounded half to even. benefit: of the lines that are on."""

    costs: tuple[CostLine, ...]
    benefits: tuple[BenefitLine, ...]
    cost: Money
    benefit: Money
    net: Money
    roi_basis_points: int


def currencies_of(terms: RoiTerms, facts: Sequence[BenefitFacts]) -> frozenset[str]:
    """The currencies that need a rate."""
    amounts = [one.amount for one in terms.costs]
    amounts += [amount for one in facts for figure in (one.baseline, one.actual) for amount in figure.amounts]
    return frozenset(one.currency for one in amounts) - {terms.currency}


def computed(statement: RoiStatement, off: Collection[BenefitKind] = ()) -> Return:
    """The return of a statement. off: the benefits that the reader does not count. Every currency has its rate, and the
    costs in the period are above zero."""
    terms, rates = statement.terms, _rates_of(statement)
    costs = _cost_lines(terms, rates)
    benefits = tuple(_benefit_line(one, terms, rates, counted=one.kind not in off) for one in statement.facts)
    cost = total([one.counted for one in costs], terms.currency)
    benefit = total([one.benefit for one in benefits if one.counted], terms.currency)
    net = benefit - cost
    return Return(
        costs=costs,
        benefits=benefits,
        cost=cost,
        benefit=benefit,
        net=net,
        roi_basis_points=round(Fraction(net.amount * _WHOLE, cost.amount)),
    )


def return_violations(statement: RoiStatement) -> Iterator[Violation]:
    """Why a return cannot be stated: the costs round to nothing, or a figure is beyond all bounds."""
    terms, rates = statement.terms, _rates_of(statement)
    costs = [one.counted.amount for one in _cost_lines(terms, rates)]
    lines = [_benefit_line(one, terms, rates, counted=True) for one in statement.facts]
    figures = [abs(amount.amount) for one in lines for amount in (one.baseline, one.actual, one.benefit)]
    if not sum(costs):
        yield Violation("terms.costs", "are nothing in the period, rounded", "REQUIRED")
    elif max(sum(costs), sum(figures)) > _LIMIT or sum(figures) > _MOST_TIMES_COST * sum(costs):
        yield Violation("terms", "make an amount or a return beyond all bounds", "OUT_OF_RANGE")


def _rates_of(statement: RoiStatement) -> dict[str, Fraction]:
    rates = {one.from_currency: Fraction(one.numerator) / Fraction(one.denominator) for one in statement.rates}
    return {**rates, statement.terms.currency: Fraction(1)}


def _cost_lines(terms: RoiTerms, rates: Mapping[str, Fraction]) -> tuple[CostLine, ...]:
    found = []
    for one in terms.costs:
        days = one.period.days_within(terms.period)
        exact = Fraction(one.amount.amount) * rates[one.amount.currency] * days / one.period.days
        found.append(
            CostLine(
                kind=one.kind,
                formula=f"amount * {days} / {one.period.days}",
                amount=one.amount,
                counted=Money(round(exact), terms.currency),
                source=one.source,
            )
        )
    return tuple(found)


def _benefit_line(facts: BenefitFacts, terms: RoiTerms, rates: Mapping[str, Fraction], *, counted: bool) -> BenefitLine:
    baseline, actual = _converted(facts.baseline, rates), _converted(facts.actual, rates)
    expected = baseline * terms.period.days / terms.baseline.days
    better = expected - actual if facts.kind in SAVINGS else actual - expected
    if facts.kind is BenefitKind.SALES:
        better = better * terms.margin_basis_points / _WHOLE
    return BenefitLine(
        kind=facts.kind,
        formula=_formula(facts.kind, terms),
        baseline=Money(round(baseline), terms.currency),
        actual=Money(round(actual), terms.currency),
        benefit=Money(round(better), terms.currency),
        counted=counted,
        baseline_evidence=facts.baseline,
        actual_evidence=facts.actual,
    )


def _converted(figure: Measured, rates: Mapping[str, Fraction]) -> Fraction:
    return sum((one.amount * rates[one.currency] for one in figure.amounts), Fraction())


def _formula(kind: BenefitKind, terms: RoiTerms) -> str:
    expected = f"baseline{_scale(terms.period, terms.baseline)}"
    if kind in SAVINGS:
        return f"{expected} - actual"
    if kind is BenefitKind.SALES:
        return f"(actual - {expected}) * {terms.margin_basis_points} / {_WHOLE}"
    return f"actual - {expected}"


def _scale(period: Period, baseline: Period) -> str:
    return "" if period.days == baseline.days else f" * {period.days} / {baseline.days}"
