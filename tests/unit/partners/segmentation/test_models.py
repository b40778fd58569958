"""What a model must say, and from which days it can apply."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from libs.segmentation.lifecycle import LifeCycle, LifeCycleActions
from libs.segmentation.shares import SegmentClass
from services.partners.facts.domain.metrics import FactMetric
from services.partners.program.domain.program import RateBasis
from services.partners.segmentation.domain.model import effective_violations, model_violations
from tests.unit.partners.segmentation.built import QUARTER, RULES, a_model, bands

TODAY = date(2026, 3, 2)
LOST = LifeCycleActions(life_cycle=LifeCycle.LOST)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        ({"classes": bands(10_000)}, []),
        ({"classes": bands(8_000, 9_500)}, [("classes[1].upper_basis_points", "BANDS_GAP")]),
        ({"classes": bands(8_000, 8_000, 10_000)}, [("classes[1].upper_basis_points", "BANDS_OVERLAP")]),
        (
            {"classes": (*bands(9_000, 8_000), SegmentClass(code="A", upper_basis_points=7_000))},
            [
                ("classes", "REPEATED"),
                ("classes[1].upper_basis_points", "BANDS_OVERLAP"),
                ("classes[2].upper_basis_points", "BANDS_OVERLAP"),
                ("classes[2].upper_basis_points", "BANDS_GAP"),
            ],
        ),
        ({"metric": FactMetric.ORDERS}, [("metric", "NOT_REVENUE")]),
        ({"metric": FactMetric.OVERDUE_AMOUNT}, [("metric", "NOT_REVENUE")]),
        ({"currency": "XXQ"}, [("currency", "UNKNOWN_CURRENCY")]),
        ({"rate_source": "ecb"}, [("rate_basis", "REQUIRED")]),
        ({"rate_basis": RateBasis.MONTH_AVERAGE}, [("rate_basis", "NOT_ALLOWED")]),
        ({"rate_source": "ecb", "rate_basis": RateBasis.PLAN}, [("plan_rate_day", "REQUIRED")]),
        ({"plan_rate_day": QUARTER}, [("plan_rate_day", "NOT_ALLOWED")]),
        ({"rate_source": "ecb", "rate_basis": RateBasis.PLAN, "plan_rate_day": QUARTER}, []),
        ({"life_cycle_actions": (LOST, LOST)}, [("life_cycle_actions", "REPEATED")]),
        ({"life_cycle_actions": (replace(LOST, actions=("X", "X")),)}, [("life_cycle_actions[0].actions", "REPEATED")]),
        (
            {"classes": (SegmentClass(code="A", upper_basis_points=10_000, actions=("X", "Y", "X")),)},
            [("classes[0].actions", "REPEATED")],
        ),
        (
            {"life_cycle_rules": replace(RULES, lost_months=12)},
            [("life_cycle_rules.lost_months", "NOT_BELOW_WINDOW")],
        ),
    ],
)
def test_everything_that_is_wrong_with_a_model_is_named(fields: Any, found: list[tuple[str, str]]) -> None:
    assert [(one.field, one.reason) for one in model_violations(a_model(**fields))] == found


def test_a_version_applies_from_the_first_day_of_a_quarter() -> None:
    assert [one.reason for one in effective_violations(TODAY)] == ["NOT_A_QUARTER"]
    assert not [*effective_violations(QUARTER)]
