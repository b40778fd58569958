"""Where a partner or customer is in its life cycle, by its revenue of each month and the numbers of the model.

The first rule that is true decides: LOST, NEW, AT_RISK, GROWING, and STABLE if none is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum

import msgspec

from libs.errors import Violation
from libs.quarters import months_after
from libs.segmentation.shares import WHOLE, repeated


class LifeCycle(Enum):
    """Where a partner or customer is in its life cycle; `life_cycle_of` decides."""

    NEW = "NEW"
    GROWING = "GROWING"
    STABLE = "STABLE"
    AT_RISK = "AT_RISK"
    LOST = "LOST"


class LifeCycleRules(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the life cycle, in months that end with the quarter, and in basis points of change."""

    new_months: int
    lost_months: int
    trend_months: int
    at_risk_basis_points: int
    growing_basis_points: int


class LifeCycleActions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is done about partners or customers in a life cycle."""

    life_cycle: LifeCycle
    actions: tuple[str, ...] = ()


def life_cycle_of(
    rules: LifeCycleRules, earning: Collection[date], revenue: Mapping[date, int], *, last_month: date
) -> LifeCycle:
    """The life cycle at the end of `last_month`. earning: the months (first days) until then with revenue above zero in
    some currency. revenue: by month, in ten-thousandths of the model's currency; a month that is missing has none."""
    first, latest = min(earning, default=None), max(earning, default=None)
    if first is None or latest is None or latest <= months_after(last_month, -rules.lost_months):
        return LifeCycle.LOST
    if first > months_after(last_month, -rules.new_months):
        return LifeCycle.NEW
    recent = sum_of(revenue, last_month, rules.trend_months)
    before = sum_of(revenue, months_after(last_month, -rules.trend_months), rules.trend_months)
    if recent <= 0 or recent * WHOLE < before * (WHOLE - rules.at_risk_basis_points):
        return LifeCycle.AT_RISK
    if recent * WHOLE > before * (WHOLE + rules.growing_basis_points):
        return LifeCycle.GROWING
    return LifeCycle.STABLE


def sum_of(revenue: Mapping[date, int], last_month: date, count: int) -> int:
    """The revenue of the `count` months that end with `last_month`."""
    return sum(revenue.get(months_after(last_month, -back), 0) for back in range(count))


def life_cycle_violations(
    rules: LifeCycleRules, actions: Sequence[LifeCycleActions], window_months: int
) -> Iterator[Violation]:
    """REPEATED, NOT_BELOW_WINDOW: what is wrong with the life cycle of a model."""
    yield from repeated("life_cycle_actions", [one.life_cycle.name for one in actions])
    for place, one in enumerate(actions):
        yield from repeated(f"life_cycle_actions[{place}].actions", one.actions)
    if rules.lost_months >= window_months:
        at = "life_cycle_rules.lost_months"
        yield Violation(at, "is not below window_months, so nobody could be lost", "NOT_BELOW_WINDOW")
