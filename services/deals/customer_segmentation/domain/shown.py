"""What is shown of a complete run: amounts as money, shares in basis points, each rounded once, half to even."""

from datetime import date, datetime

import msgspec

from libs.money import Money
from libs.quarters import last_day_of
from libs.segmentation.lifecycle import LifeCycle
from libs.segmentation.shares import basis_points
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.run import CustomerRow, CustomerRun


class CustomerClassShare(msgspec.Struct, frozen=True, kw_only=True):
    """A class and what it makes; `prm.deals.v1` describes each field, of the structs below too."""

    class_code: str
    upper_basis_points: int
    actions: tuple[str, ...]
    customer_count: int
    customer_basis_points: int
    revenue: Money
    revenue_basis_points: int


class CustomerLifeCycleCount(msgspec.Struct, frozen=True, kw_only=True):
    life_cycle: LifeCycle
    customer_count: int
    actions: tuple[str, ...]


class CustomerClassChange(msgspec.Struct, frozen=True, kw_only=True):
    from_class: str
    to_class: str
    customer_count: int


class CustomerLorenzPoint(msgspec.Struct, frozen=True, kw_only=True):
    customer_count: int
    customer_basis_points: int
    revenue_basis_points: int


class CustomerSegmentation(msgspec.Struct, frozen=True, kw_only=True):
    rule_id: str
    rule_number: int
    quarter: date
    first_day: date
    last_day: date
    revenue: Money
    customer_count: int
    ranked_count: int
    unknown_count: int
    classes: tuple[CustomerClassShare, ...]
    life_cycles: tuple[CustomerLifeCycleCount, ...]
    previous_quarter: date | None
    class_changes: tuple[CustomerClassChange, ...]
    lorenz_points: tuple[CustomerLorenzPoint, ...]
    complete_time: datetime | None


class CustomerSegment(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: str
    quarter: date
    rule_id: str
    first_day: date
    last_day: date
    amount_unknown: bool
    revenue: Money | None
    order_count: int
    last_order_date: date
    revenue_basis_points: int
    cumulated_basis_points: int
    class_code: str
    class_actions: tuple[str, ...]
    life_cycle: LifeCycle | None
    life_cycle_actions: tuple[str, ...]
    class_before: str
    moved: bool


def summary(run: CustomerRun, rule: CustomerSegmentationRule) -> CustomerSegmentation:
    """The summary of a run: all classes of the rule and all life cycles, and changes between different classes."""
    total, count = run.standing.total, run.standing.ranked_count
    cycles = {one.life_cycle: one.count for one in run.life_cycles}
    return CustomerSegmentation(
        rule_id=run.rule_id,
        rule_number=run.rule_number,
        quarter=run.quarter,
        first_day=run.first_month,
        last_day=last_day_of(run.quarter),
        revenue=Money(total, run.currency),
        customer_count=run.customer_count,
        ranked_count=count,
        unknown_count=run.unknown_count,
        classes=_classes(run, rule),
        life_cycles=tuple(
            CustomerLifeCycleCount(life_cycle=one, customer_count=cycles.get(one, 0), actions=_actions(rule, one))
            for one in LifeCycle
        ),
        previous_quarter=run.previous_quarter,
        class_changes=tuple(
            CustomerClassChange(from_class=one.from_class, to_class=one.to_class, customer_count=one.count)
            for one in run.class_changes
            if one.from_class != one.to_class
        ),
        lorenz_points=tuple(
            CustomerLorenzPoint(
                customer_count=one.count,
                customer_basis_points=basis_points(one.count, count),
                revenue_basis_points=basis_points(one.revenue, total),
            )
            for one in reversed(run.standing.points)
        ),
        complete_time=run.complete_time,
    )


def explained(run: CustomerRun, rule: CustomerSegmentationRule, row: CustomerRow) -> CustomerSegment:
    """A customer with its figures, and what is done about it; shares only with a class."""
    return CustomerSegment(
        customer_id=row.customer_id,
        quarter=run.quarter,
        rule_id=run.rule_id,
        first_day=run.first_month,
        last_day=last_day_of(run.quarter),
        amount_unknown=row.revenue is None,
        revenue=None if row.revenue is None else Money(row.revenue, run.currency),
        order_count=row.order_count,
        last_order_date=row.last_order_date,
        revenue_basis_points=basis_points(row.revenue or 0 if row.class_code else 0, run.standing.total),
        cumulated_basis_points=basis_points(row.cumulated, run.standing.total),
        class_code=row.class_code,
        class_actions=next((one.actions for one in rule.classes if one.code == row.class_code), ()),
        life_cycle=row.life_cycle,
        life_cycle_actions=_actions(rule, row.life_cycle),
        class_before=row.class_before,
        moved=row.moved,
    )


def _classes(run: CustomerRun, rule: CustomerSegmentationRule) -> tuple[CustomerClassShare, ...]:
    found = {one.class_code: (one.count, one.revenue) for one in run.classes}
    tallies = [(one, *found.get(one.code, (0, 0))) for one in rule.classes]
    return tuple(
        CustomerClassShare(
            class_code=one.code,
            upper_basis_points=one.upper_basis_points,
            actions=one.actions,
            customer_count=count,
            customer_basis_points=basis_points(count, run.standing.ranked_count),
            revenue=Money(revenue, run.currency),
            revenue_basis_points=basis_points(revenue, run.standing.total),
        )
        for one, count, revenue in tallies
    )


def _actions(rule: CustomerSegmentationRule, life_cycle: LifeCycle | None) -> tuple[str, ...]:
    return next((one.actions for one in rule.life_cycle_actions if one.life_cycle is life_cycle), ())
