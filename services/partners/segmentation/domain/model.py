"""A segmentation model: the metric, the bands of classes, the numbers of the life cycle, and what is done about each.

A version (`libs/versions.py`) applies from the quarter that begins on its effective day until a later version does.
"""

from collections.abc import Iterator
from datetime import date

from libs.errors import Violation
from libs.money import currency_violations
from libs.quarters import quarter_violations
from libs.segmentation.lifecycle import LifeCycleActions, LifeCycleRules, life_cycle_violations
from libs.segmentation.shares import SegmentClass, band_violations
from libs.versions import CodedVersion
from services.partners.facts.domain.metrics import FactMetric
from services.partners.program.domain.program import RateBasis

REVENUES = frozenset({FactMetric.REVENUE_ORDERED, FactMetric.REVENUE_INVOICED, FactMetric.COLLECTED})


class SegmentationModel(CodedVersion, frozen=True, kw_only=True):
    """A version of a model. window_months: the months whose revenue is compared; the last is that of the quarter.
    effective_day: the first day of the first quarter to which it applies; None in a draft. shown_to_partner: whether a
    partner's people see their own class."""

    name: str = ""
    metric: FactMetric
    window_months: int
    currency: str
    rate_source: str = ""
    rate_basis: RateBasis | None = None
    plan_rate_day: date | None = None
    classes: tuple[SegmentClass, ...]
    life_cycle_rules: LifeCycleRules
    life_cycle_actions: tuple[LifeCycleActions, ...] = ()
    settling_days: int = 0
    shown_to_partner: bool = False


def model_violations(model: SegmentationModel) -> Iterator[Violation]:
    """Everything that is wrong with a draft."""
    if model.metric not in REVENUES:
        yield Violation("metric", f"{model.metric.name} is no revenue", "NOT_REVENUE")
    yield from currency_violations(model.currency)
    yield from _rate_violations(model)
    yield from band_violations(model.classes)
    yield from life_cycle_violations(model.life_cycle_rules, model.life_cycle_actions, model.window_months)


def effective_violations(effective_day: date) -> Iterator[Violation]:
    """NOT_A_QUARTER for a day on which no version can begin to apply."""
    yield from quarter_violations("effective_day", effective_day)


def _rate_violations(model: SegmentationModel) -> Iterator[Violation]:
    given = {
        "rate_basis": (model.rate_basis is not None, bool(model.rate_source), "a rate source"),
        "plan_rate_day": (model.plan_rate_day is not None, model.rate_basis is RateBasis.PLAN, "RATE_BASIS_PLAN"),
    }
    for field, (is_given, is_needed, other) in given.items():
        if is_given is not is_needed:
            reason = "REQUIRED" if is_needed else "NOT_ALLOWED"
            yield Violation(field, f"goes with {other}, and with nothing else", reason)
