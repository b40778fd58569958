"""Where a partner is in its life cycle: rules over the months of its revenue, each a number of the model.

The first rule that is true decides: LOST, NEW, AT_RISK, GROWING, and STABLE if none is.
"""

from collections.abc import Collection, Mapping
from datetime import date

from services.partners.scorecard.domain.model import WHOLE
from services.partners.scorecard.domain.quarters import months_after
from services.partners.segmentation.domain.model import LifeCycle, LifeCycleRules


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
