"""What is shown of a complete run: amounts as money, shares in basis points, each rounded once, half to even.

Shares that are rounded one by one need not sum to exactly 10,000.
"""

from datetime import date, datetime, timedelta

import msgspec

from libs.money import Money
from libs.quarters import next_quarter
from libs.segmentation.lifecycle import LifeCycle
from libs.segmentation.shares import basis_points
from libs.segmentation.tallies import ClassTally
from services.partners.facts.domain.metrics import FactMetric
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import Segment, Segmentation


class SegmentClassShare(msgspec.Struct, frozen=True, kw_only=True):
    """A class and what it makes; `prm.partners.v1` describes each field, of the structs below too."""

    class_code: str
    upper_basis_points: int
    actions: tuple[str, ...]
    partner_count: int
    partner_basis_points: int
    revenue: Money
    revenue_basis_points: int


class LifeCycleCount(msgspec.Struct, frozen=True, kw_only=True):
    life_cycle: LifeCycle
    partner_count: int
    actions: tuple[str, ...]


class SegmentClassChange(msgspec.Struct, frozen=True, kw_only=True):
    from_class: str
    to_class: str
    partner_count: int


class LorenzShare(msgspec.Struct, frozen=True, kw_only=True):
    partner_count: int
    partner_basis_points: int
    revenue_basis_points: int


class SegmentationSummary(msgspec.Struct, frozen=True, kw_only=True):
    model_id: str
    model_code: str
    model_number: int
    quarter: date
    first_day: date
    last_day: date
    metric: FactMetric
    revenue: Money
    partner_count: int
    ranked_count: int
    rate_unknown_count: int
    classes: tuple[SegmentClassShare, ...]
    life_cycles: tuple[LifeCycleCount, ...]
    previous_quarter: date | None
    class_changes: tuple[SegmentClassChange, ...]
    lorenz_points: tuple[LorenzShare, ...]
    as_of: datetime | None
    complete_time: datetime | None


class SegmentEvidence(msgspec.Struct, frozen=True, kw_only=True):
    metric: FactMetric
    day_from: date
    day_before: date


class SegmentRow(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    quarter: date
    rate_unknown: bool
    revenue: Money | None
    revenue_basis_points: int
    cumulated_basis_points: int
    class_code: str
    life_cycle: LifeCycle | None
    class_before: str
    moved: bool
    evidence: SegmentEvidence


def summary(run: Segmentation, model: SegmentationModel) -> SegmentationSummary:
    """The summary of a run. Classes in the order of the model, also those without partners; life cycles all five;
    changes between different classes only."""
    return SegmentationSummary(
        model_id=run.model_id,
        model_code=run.model_code,
        model_number=run.model_number,
        quarter=run.quarter,
        first_day=run.first_month,
        last_day=next_quarter(run.quarter) - timedelta(days=1),
        metric=run.metric,
        revenue=Money(run.revenue, run.currency),
        partner_count=run.partner_count,
        ranked_count=run.ranked_count,
        rate_unknown_count=run.rate_unknown_count,
        classes=_classes(run, model),
        life_cycles=_life_cycles(run, model),
        previous_quarter=run.previous_quarter,
        class_changes=tuple(
            SegmentClassChange(from_class=one.from_class, to_class=one.to_class, partner_count=one.count)
            for one in run.class_changes
            if one.from_class != one.to_class
        ),
        lorenz_points=tuple(
            LorenzShare(
                partner_count=one.count,
                partner_basis_points=basis_points(one.count, run.ranked_count),
                revenue_basis_points=basis_points(one.revenue, run.revenue),
            )
            for one in run.lorenz
        ),
        as_of=run.as_of,
        complete_time=run.complete_time,
    )


def row_of(run: Segmentation, row: Segment) -> SegmentRow:
    """A row as it is shown; shares only of a row with a class."""
    counted = row.revenue if row.class_code and row.revenue else 0
    return SegmentRow(
        partner_id=row.partner_id,
        quarter=run.quarter,
        rate_unknown=row.revenue is None,
        revenue=None if row.revenue is None else Money(row.revenue, run.currency),
        revenue_basis_points=basis_points(counted, run.revenue),
        cumulated_basis_points=basis_points(row.cumulated, run.revenue),
        class_code=row.class_code,
        life_cycle=row.life_cycle,
        class_before=row.class_before,
        moved=row.moved,
        evidence=SegmentEvidence(metric=run.metric, day_from=run.first_month, day_before=next_quarter(run.quarter)),
    )


def _classes(run: Segmentation, model: SegmentationModel) -> tuple[SegmentClassShare, ...]:
    found = {one.class_code: one for one in run.classes}
    none = ClassTally(class_code="", count=0, revenue=0)
    tallies = [(one, found.get(one.code, none)) for one in model.classes]
    return tuple(
        SegmentClassShare(
            class_code=one.code,
            upper_basis_points=one.upper_basis_points,
            actions=one.actions,
            partner_count=tally.count,
            partner_basis_points=basis_points(tally.count, run.ranked_count),
            revenue=Money(tally.revenue, run.currency),
            revenue_basis_points=basis_points(tally.revenue, run.revenue),
        )
        for one, tally in tallies
    )


def _life_cycles(run: Segmentation, model: SegmentationModel) -> tuple[LifeCycleCount, ...]:
    counts = {one.life_cycle: one.count for one in run.life_cycles}
    actions = {one.life_cycle: one.actions for one in model.life_cycle_actions}
    return tuple(
        LifeCycleCount(life_cycle=one, partner_count=counts.get(one, 0), actions=actions.get(one, ()))
        for one in LifeCycle
    )
