"""What a plan wants to reach: a figure of one metric, in one period of the calendar, in a product line or in all."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import Enum

import msgspec

from libs.day import first_day_violations
from libs.errors import Violation
from libs.money import Money, currency_violations
from services.partners.facts.domain.metrics import SHAPES, FactMetric, Shape

YEARS_PER_PLAN = 5
LAST_YEAR = 2100
METRICS = frozenset(
    {
        FactMetric.REVENUE_ORDERED,
        FactMetric.REVENUE_INVOICED,
        FactMetric.COLLECTED,
        FactMetric.ORDERS,
        FactMetric.REGISTRATIONS,
        FactMetric.REGISTRATIONS_APPROVED,
        FactMetric.REGISTRATIONS_CONVERTED,
        FactMetric.DEALS_WON,
        FactMetric.NEW_CUSTOMERS,
    }
)
"""Of which more is better and months add up."""


class PlanPeriod(Enum):
    """How long a period of the calendar is."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


MONTHS = {PlanPeriod.MONTH: 1, PlanPeriod.QUARTER: 3, PlanPeriod.YEAR: 12}


class PlanTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A target. first_day: of the period. product_line: empty: all together. amount: for a metric of money; count: for
    one that counts."""

    period: PlanPeriod
    first_day: date
    metric: FactMetric
    product_line: str = ""
    amount: Money | None = None
    count: int = 0

    @property
    def currency(self) -> str:
        """In which its figure is; empty for a count."""
        return self.amount.currency if self.amount else ""

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the months of its period."""
        return tuple(month_after(self.first_day, number) for number in range(MONTHS[self.period]))

    @property
    def day_after(self) -> date:
        """The first day after its period."""
        return month_after(self.first_day, MONTHS[self.period])

    @property
    def last_day(self) -> date:
        """The last day of its period."""
        return self.day_after - timedelta(days=1)


def month_after(month: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def target_violations(targets: Sequence[PlanTarget]) -> Iterator[Violation]:
    """What is wrong with the targets of a plan."""
    seen: set[tuple[object, ...]] = set()
    for place, target in enumerate(targets):
        field = f"targets[{place}]"
        first = target.first_day
        if first.day != 1 or (first.month - 1) % MONTHS[target.period]:
            yield Violation(f"{field}.first_day", f"begins no {target.period.value.lower()}", "NOT_A_PERIOD")
        yield from first_day_violations(f"{field}.first_day", first)
        if first.year > LAST_YEAR:
            yield Violation(f"{field}.first_day", f"is after {LAST_YEAR}", "OUT_OF_RANGE")
        yield from _value_violations(target, field)
        key = (target.period, first, target.metric, target.product_line)
        if key in seen:
            yield Violation(field, "another one has this period, metric and product line", "DUPLICATE_TARGET")
        seen.add(key)
    days = [target.first_day for target in targets]
    if max(days).year - min(days).year >= YEARS_PER_PLAN:
        yield Violation("targets", f"reach over more than {YEARS_PER_PLAN} years", "TOO_LONG")


def _value_violations(target: PlanTarget, field: str) -> Iterator[Violation]:
    if target.metric not in METRICS:
        yield Violation(f"{field}.metric", f"{target.metric.value} is no metric of plans", "BAD_METRIC")
    elif SHAPES[target.metric] is Shape.MONEY:
        if target.amount is None:
            yield Violation(f"{field}.amount", "is what a metric of money needs", "REQUIRED")
        if target.count:
            yield Violation(f"{field}.count", "is not for a metric of money", "NOT_ALLOWED")
    else:
        if not target.count:
            yield Violation(f"{field}.count", "is what a metric that counts needs", "REQUIRED")
        if target.amount is not None:
            yield Violation(f"{field}.amount", "is not for a metric that counts", "NOT_ALLOWED")
    if target.amount is not None:
        wrong = [*currency_violations(target.amount.currency, f"{field}.amount.currency_code")]
        yield from wrong
        if not wrong and target.amount != target.amount.payable():
            yield Violation(f"{field}.amount", f"is finer than {target.currency} can be paid", "BAD_AMOUNT")
