"""What a person states: costs, periods, and figures that the system does not hold."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum

import msgspec

from libs.day import first_day_violations
from libs.errors import Violation
from libs.money import Money, currency_violations

_FULL = 10_000


class CostKind(Enum):
    """What was paid for."""

    PURCHASE = "PURCHASE"
    IMPLEMENTATION = "IMPLEMENTATION"
    TRAINING = "TRAINING"
    OPERATION = "OPERATION"


class BenefitKind(Enum):
    """What the investment is good for."""

    SALES = "SALES"
    SERVICE_COST = "SERVICE_COST"
    RECOVERED_OVERDUE = "RECOVERED_OVERDUE"
    PREVENTED_DOUBLE_CLAIMS = "PREVENTED_DOUBLE_CLAIMS"
    DIVERSION_STOPPED = "DIVERSION_STOPPED"


MEASURED = frozenset({BenefitKind.SALES, BenefitKind.RECOVERED_OVERDUE, BenefitKind.DIVERSION_STOPPED})
"""Those whose figures this service holds; the others are stated, or left out."""
SAVINGS = frozenset({BenefitKind.SERVICE_COST})
"""Those where less is better."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Days, both included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last_day - self.first_day).days + 1

    def days_within(self, other: "Period") -> int:
        """How many of them lie in another period."""
        first, last = max(self.first_day, other.first_day), min(self.last_day, other.last_day)
        return max(0, (last - first).days + 1)


class RoiCost(msgspec.Struct, frozen=True, kw_only=True):
    """What was paid, and for which days. source: where the figure stands."""

    kind: CostKind
    amount: Money
    period: Period
    source: str


class StatedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a benefit as somebody states them; None: as the system measures it. source: where they stand."""

    kind: BenefitKind
    baseline: Money | None = None
    actual: Money | None = None
    source: str


class RoiTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement is about; prm.orders.v1.RoiTerms describes each field."""

    code: str
    currency: str
    period: Period
    baseline: Period
    rate_source: str = ""
    margin_basis_points: int
    margin_source: str
    costs: tuple[RoiCost, ...]
    figures: tuple[StatedFigure, ...] = ()


def terms_violations(terms: RoiTerms) -> Iterator[Violation]:
    """Everything that is wrong with the terms of a statement."""
    yield from currency_violations(terms.currency)
    yield from _period_violations("period", terms.period)
    yield from _period_violations("baseline", terms.baseline)
    if terms.baseline.last_day >= terms.period.first_day:
        yield Violation("baseline.last_day", "is not before the period", "DATES_OUT_OF_ORDER")
    if not 1 <= terms.margin_basis_points <= _FULL:
        yield Violation("margin_basis_points", f"is not within 1 and {_FULL}", "OUT_OF_RANGE")
    for place, cost in enumerate(terms.costs):
        yield from currency_violations(cost.amount.currency, f"costs[{place}].amount.currency_code")
        yield from _period_violations(f"costs[{place}].period", cost.period)
        if cost.amount.amount < 0:
            yield Violation(f"costs[{place}].amount", "is negative", "BAD_AMOUNT")
    if not any(one.amount.amount > 0 and one.period.days_within(terms.period) for one in terms.costs):
        yield Violation("costs", "none is above zero in the period", "REQUIRED")
    yield from _figure_violations(terms.figures)


def _period_violations(field: str, period: Period) -> Iterator[Violation]:
    yield from first_day_violations(f"{field}.first_day", period.first_day)
    if period.last_day < period.first_day:
        yield Violation(f"{field}.last_day", "is before the first day", "DATES_OUT_OF_ORDER")


def _figure_violations(figures: Sequence[StatedFigure]) -> Iterator[Violation]:
    kinds: set[BenefitKind] = set()
    for place, one in enumerate(figures):
        path = f"figures[{place}]"
        if one.kind in kinds:
            yield Violation(f"{path}.kind", "stands there twice", "DUPLICATE_LINE")
        kinds.add(one.kind)
        given = [(name, getattr(one, name)) for name in ("baseline", "actual")]
        for name, amount in given:
            if amount is None and one.kind not in MEASURED:
                yield Violation(f"{path}.{name}", f"is needed, the system does not hold {one.kind.name}", "REQUIRED")
            if amount is not None:
                yield from currency_violations(amount.currency, f"{path}.{name}.currency_code")
        if one.kind in MEASURED and all(amount is None for _, amount in given):
            yield Violation(path, "states neither figure", "REQUIRED")
