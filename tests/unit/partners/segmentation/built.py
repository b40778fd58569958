"""Models and runs for tests; each is valid unless the test says otherwise."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from libs.segmentation.lifecycle import LifeCycle, LifeCycleActions, LifeCycleRules
from libs.segmentation.shares import SegmentClass
from services.partners.facts.domain.metrics import FactMetric
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import (
    Previous,
    Segment,
    Segmentation,
    classified,
    completed,
    measured,
    opened,
    segment_id,
)
from tests.builders import NOW, an_id

QUARTER = date(2026, 4, 1)
LAST_MONTH = date(2026, 6, 1)
RULES = LifeCycleRules(
    new_months=3, lost_months=6, trend_months=3, at_risk_basis_points=2_000, growing_basis_points=2_000
)
CLASSES = (
    SegmentClass(code="A", upper_basis_points=8_000, actions=("VISIT",)),
    SegmentClass(code="B", upper_basis_points=9_500),
    SegmentClass(code="C", upper_basis_points=10_000, actions=("CALL", "MAIL")),
)


def bands(*uppers: int) -> tuple[SegmentClass, ...]:
    """Classes A, B, ... with these upper bounds."""
    return tuple(SegmentClass(code=chr(ord("A") + place), upper_basis_points=one) for place, one in enumerate(uppers))


def a_model(**fields: Any) -> SegmentationModel:
    """A draft over the revenue ordered in twelve months, in euros."""
    model = SegmentationModel(
        id=an_id("sgm"),
        code="ABC",
        number=1,
        metric=FactMetric.REVENUE_ORDERED,
        window_months=12,
        currency="EUR",
        classes=CLASSES,
        life_cycle_rules=RULES,
        life_cycle_actions=(LifeCycleActions(life_cycle=LifeCycle.LOST, actions=("WIN_BACK",)),),
        create_time=NOW,
        update_time=NOW,
    )
    return replace(model, **fields)


def a_segment(run: Segmentation, partner_id: str, revenue: int | None) -> Segment:
    """A measured row."""
    return Segment(
        id=segment_id(run.id, partner_id),
        run_id=run.id,
        partner_id=partner_id,
        revenue=revenue,
        negated=None if revenue is None else -revenue,
        life_cycle=None if revenue is None else LifeCycle.STABLE,
        update_time=NOW,
    )


def a_run(
    model: SegmentationModel,
    revenues: Mapping[str, int | None],
    *,
    quarter: date = QUARTER,
    previous: tuple[Segmentation, tuple[Segment, ...]] | None = None,
    rows_per_page: int = 50,
) -> tuple[Segmentation, tuple[Segment, ...]]:
    """A complete run over partners with these revenues, and its rows in their order, as the job makes them."""
    run = opened(model, quarter, due_at=NOW, now=NOW)
    rows = [a_segment(run, partner, revenue) for partner, revenue in revenues.items()]
    for first in range(0, max(len(rows), 1), rows_per_page):
        last = first + rows_per_page >= len(rows)
        run = measured(run, rows[first : first + rows_per_page], "" if last else "next", as_of=NOW, now=NOW)
    rows.sort(key=lambda one: (one.negated is not None, one.negated or 0, one.id))
    before = None
    if previous is not None:
        before = Previous(previous[0], {one.partner_id: one.class_code for one in previous[1]})
    done: list[Segment] = []
    for first in range(0, max(len(rows), 1), rows_per_page):
        run, some = classified(run, model, rows[first : first + rows_per_page], before, now=NOW)
        done += some
    return completed(run, before.run if before else None, now=NOW), tuple(done)
