"""A segmentation model: the metric, the bands of classes, the numbers of the life cycle, and what is done about each.

A version (`libs/versions.py`) applies from the quarter that begins on its effective day until a later version does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from itertools import pairwise

import msgspec

from libs.errors import Violation
from libs.money import currency_violations
from libs.versions import CodedVersion
from services.partners.facts.domain.metrics import FactMetric
from services.partners.program.domain.program import RateBasis
from services.partners.scorecard.domain.model import WHOLE
from services.partners.scorecard.domain.quarters import quarter_violations

REVENUES = frozenset({FactMetric.REVENUE_ORDERED, FactMetric.REVENUE_INVOICED, FactMetric.COLLECTED})


class LifeCycle(Enum):
    """Where a partner is in its life cycle; `lifecycle.py` decides."""

    NEW = "NEW"
    GROWING = "GROWING"
    STABLE = "STABLE"
    AT_RISK = "AT_RISK"
    LOST = "LOST"


class SegmentClass(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A band of cumulated share: from the upper bound of the class before it (0 for the first) to its own."""

    code: str
    upper_basis_points: int
    actions: tuple[str, ...] = ()


class LifeCycleRules(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the life cycle, in months that end with the quarter, and in basis points of change."""

    new_months: int
    lost_months: int
    trend_months: int
    at_risk_basis_points: int
    growing_basis_points: int


class LifeCycleActions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is done about partners in a life cycle."""

    life_cycle: LifeCycle
    actions: tuple[str, ...] = ()


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
    yield from _band_violations(model.classes)
    yield from _repeated("life_cycle_actions", [one.life_cycle.name for one in model.life_cycle_actions])
    actions = {f"classes[{place}]": one.actions for place, one in enumerate(model.classes)}
    actions |= {f"life_cycle_actions[{place}]": one.actions for place, one in enumerate(model.life_cycle_actions)}
    for at, codes in actions.items():
        yield from _repeated(f"{at}.actions", codes)
    if model.life_cycle_rules.lost_months >= model.window_months:
        at = "life_cycle_rules.lost_months"
        yield Violation(at, "is not below window_months, so nobody could be lost", "NOT_BELOW_WINDOW")


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


def _band_violations(classes: Sequence[SegmentClass]) -> Iterator[Violation]:
    yield from _repeated("classes", [one.code for one in classes])
    for place, (lower, upper) in enumerate(pairwise(classes), start=1):
        if upper.upper_basis_points <= lower.upper_basis_points:
            at = f"classes[{place}].upper_basis_points"
            yield Violation(at, f"is not above that of {lower.code}, the class before", "BANDS_OVERLAP")
    if (last := classes[-1].upper_basis_points) != WHOLE:
        at = f"classes[{len(classes) - 1}].upper_basis_points"
        yield Violation(at, f"is {last}: no class has the shares above it up to {WHOLE}", "BANDS_GAP")


def _repeated(field: str, values: Sequence[str]) -> Iterator[Violation]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Violation(field, f"has {value} {count} times", "REPEATED")
