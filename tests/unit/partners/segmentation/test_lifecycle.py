"""The life cycle against rules that are written another way, and at the edges of each number."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.quarters import months_after
from libs.segmentation.lifecycle import LifeCycle, LifeCycleRules, life_cycle_of
from tests.unit.partners.segmentation.built import LAST_MONTH, RULES

rules = st.builds(
    LifeCycleRules,
    new_months=st.integers(1, 12),
    lost_months=st.integers(1, 12),
    trend_months=st.integers(1, 6),
    at_risk_basis_points=st.integers(0, 10_000),
    growing_basis_points=st.integers(0, 20_000),
)


def told(amounts: list[int], given_rules: LifeCycleRules = RULES) -> LifeCycle:
    """The life cycle of a partner with these amounts in the last months, the newest last."""
    months = {months_after(LAST_MONTH, 1 + place - len(amounts)): one for place, one in enumerate(amounts)}
    earning = {month for month, amount in months.items() if amount > 0}
    return life_cycle_of(given_rules, earning, months, last_month=LAST_MONTH)


@given(rules, st.lists(st.integers(-5, 30), max_size=30))
def test_the_life_cycle_is_that_of_the_rules_in_plain_words(given_rules: LifeCycleRules, amounts: list[int]) -> None:
    newest_first = [*reversed(amounts), *[0] * 40]
    ages = [age for age, amount in enumerate(newest_first) if amount > 0]
    trend = given_rules.trend_months
    recent, before = sum(newest_first[:trend]), sum(newest_first[trend : 2 * trend])
    change = Fraction(recent - before, before) if before > 0 else None
    if not any(age < given_rules.lost_months for age in ages):
        expected = LifeCycle.LOST
    elif all(age < given_rules.new_months for age in ages):
        expected = LifeCycle.NEW
    elif recent <= 0:
        expected = LifeCycle.AT_RISK
    elif change is None:
        expected = LifeCycle.GROWING
    elif change < -Fraction(given_rules.at_risk_basis_points, 10_000):
        expected = LifeCycle.AT_RISK
    elif change > Fraction(given_rules.growing_basis_points, 10_000):
        expected = LifeCycle.GROWING
    else:
        expected = LifeCycle.STABLE
    assert told(amounts, given_rules) is expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], LifeCycle.LOST),
        ([9, 0, 0, 0, 0, 0, 0], LifeCycle.LOST),
        ([9, 0, 0, 0, 0, 0], LifeCycle.AT_RISK),
        ([9, 0, 0], LifeCycle.NEW),
        ([9, 0, 0, 9], LifeCycle.STABLE),
        ([0, 0, 0, 0, 0, 0, -9, 0, 9], LifeCycle.NEW),
        ([5, 5, 5, 4, 4, 4], LifeCycle.STABLE),
        ([5, 5, 5, 4, 4, 3], LifeCycle.AT_RISK),
        ([5, 5, 5, 6, 6, 6], LifeCycle.STABLE),
        ([5, 5, 5, 6, 6, 7], LifeCycle.GROWING),
        ([5, 0, 0, 0, 0, 0, 1], LifeCycle.GROWING),
        ([5, 0, 0, 0, 1, -1, 0], LifeCycle.AT_RISK),
    ],
)
def test_the_life_cycle_at_the_edges_of_its_numbers(amounts: list[int], expected: LifeCycle) -> None:
    assert told(amounts) is expected


def test_every_life_cycle_is_told_across_the_turn_of_the_year() -> None:
    months = {date(2025, 12, 1): 5, date(2026, 1, 1): 5}
    assert life_cycle_of(RULES, set(months), months, last_month=date(2026, 2, 1)) is LifeCycle.NEW
    assert life_cycle_of(RULES, set(months), months, last_month=date(2026, 7, 1)) is LifeCycle.LOST
