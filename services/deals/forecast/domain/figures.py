"""The forecast: the open deals by month, currency and group, as their partners expect them and as history weighs them.

Two views stand side by side and are never mixed. The unweighted amounts lie in the month in which the partner expects
the customer to sign. The weighted amount of a month is each open deal times the chance that it is won in that month,
whatever its partner expects. Amounts are added exactly, and each weighted amount is rounded once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple, assert_never

import msgspec

from libs.money import Money
from services.deals.claims.domain.states import Stage
from services.deals.forecast.domain.learning import HORIZON, Ages, Chance
from services.deals.forecast.domain.months import month_of, named
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.domain.rates import BASIS_POINTS


class ForecastCategory(Enum):
    """How certain a deal is by its stage alone."""

    PIPELINE = "PIPELINE"
    BEST_CASE = "BEST_CASE"
    COMMIT = "COMMIT"
    CLOSED = "CLOSED"
    OMITTED = "OMITTED"


class ForecastGroup(Enum):
    """What the deals of a line have in common."""

    NONE = "NONE"
    PARTNER = "PARTNER"
    PRODUCT_LINE = "PRODUCT_LINE"
    COUNTRY = "COUNTRY"


class ForecastWindow(Enum):
    """Of what time a line is."""

    OVERDUE = "OVERDUE"
    MONTH = "MONTH"
    LATER = "LATER"
    UNDATED = "UNDATED"


class ForecastLine(msgspec.Struct, frozen=True, kw_only=True):
    """The forecast of one month, currency and group. month: `2026-11`, empty unless the window is MONTH. deal_count: of
    the open deals expected in it. unknown_amount: of the open deals that have no chance for the month; they are not in
    weighted_amount."""

    window: ForecastWindow
    month: str
    currency: str
    key: str
    deal_count: int
    pipeline_amount: Money
    best_case_amount: Money
    commit_amount: Money
    closed_amount: Money
    weighted_amount: Money
    unknown_amount: Money


class Weighed(NamedTuple):
    """A deal with its chances for the next HORIZON months; none for a deal that is not open."""

    deal: PipelineDeal
    chances: Sequence[Chance]


def category_of(state: PipelineState, stage: Stage | None) -> ForecastCategory:
    """The category of a deal. It follows from the stage: nobody sets it."""
    match state:
        case PipelineState.WON:
            return ForecastCategory.CLOSED
        case PipelineState.LOST | PipelineState.DROPPED | PipelineState.OUTSIDE:
            return ForecastCategory.OMITTED
        case PipelineState.OPEN:
            return _OF_STAGES.get(stage, ForecastCategory.PIPELINE) if stage else ForecastCategory.PIPELINE
        case _:
            assert_never(state)


_OF_STAGES = {
    Stage.TECHNICAL_VALIDATION: ForecastCategory.BEST_CASE,
    Stage.BUSINESS_VALIDATION: ForecastCategory.BEST_CASE,
    Stage.COMMITTED: ForecastCategory.COMMIT,
}


def ages_of(deal: PipelineDeal, today: date, day_of: Callable[..., date]) -> Ages:
    """How far an open deal is today. day_of: the day of an instant in the cell."""
    since = day_of(deal.stage_since) if deal.stage_since else today
    entered = day_of(deal.enter_time) if deal.enter_time else today
    return Ages(deal.stage, max(0, (today - since).days), max(0, (today - entered).days))


class _Sums:
    """The sums of a line, in ten-thousandths of the currency's unit; weighted: times basis points."""

    def __init__(self) -> None:
        self.deals: set[str] = set()
        self.by_category = dict.fromkeys(ForecastCategory, 0)
        self.weighted = 0
        self.unknown = 0


_Place = tuple[ForecastWindow, int, str, str]


def forecast(deals: Iterable[Weighed], group: ForecastGroup, *, today: date) -> tuple[ForecastLine, ...]:
    """The lines by time, currency and key. A deal that was won counts as closed in the present month; earlier ones and
    those that were lost do not count. A deal without an amount is in no line."""
    now = month_of(today)
    sums: defaultdict[_Place, _Sums] = defaultdict(_Sums)
    for one in deals:
        category = category_of(one.deal.state, one.deal.stage)
        if category is ForecastCategory.OMITTED:
            continue
        for key, amount in _shares(one.deal, group):
            if category is ForecastCategory.CLOSED:
                if one.deal.closed_date and month_of(one.deal.closed_date) == now:
                    sums[ForecastWindow.MONTH, now, amount.currency, key].by_category[category] += amount.amount
                continue
            expected = sums[*_window(one.deal.expected_close_date, today), amount.currency, key]
            expected.deals.add(one.deal.id)
            expected.by_category[category] += amount.amount
            for ahead, chance in enumerate(one.chances):
                line = sums[ForecastWindow.MONTH, now + ahead, amount.currency, key]
                line.weighted += amount.amount * chance.basis_points
                line.unknown += 0 if chance.known else amount.amount
    return tuple(_line(place, sums[place]) for place in sorted(sums, key=_order))


def _shares(deal: PipelineDeal, group: ForecastGroup) -> Iterator[tuple[str, Money]]:
    """The groups of a deal, with its amount in each."""
    if group is ForecastGroup.PRODUCT_LINE:
        yield from ((one.product_line, one.expected_amount) for one in deal.lines if one.expected_amount is not None)
        return
    if deal.expected_amount is None:
        return
    match group:
        case ForecastGroup.NONE:
            yield "", deal.expected_amount
        case ForecastGroup.PARTNER:
            yield deal.partner_id, deal.expected_amount
        case ForecastGroup.COUNTRY:
            yield deal.country, deal.expected_amount
        case _:
            assert_never(group)


def _window(expected: date | None, today: date) -> tuple[ForecastWindow, int]:
    if expected is None:
        return ForecastWindow.UNDATED, 0
    if expected < today:
        return ForecastWindow.OVERDUE, 0
    month = month_of(expected)
    return (ForecastWindow.MONTH, month) if month < month_of(today) + HORIZON else (ForecastWindow.LATER, 0)


def _order(place: _Place) -> tuple[int, int, str, str]:
    window, month, currency, key = place
    return list(ForecastWindow).index(window), month, currency, key


def _line(place: _Place, sums: _Sums) -> ForecastLine:
    window, month, currency, key = place
    amounts = sums.by_category
    return ForecastLine(
        window=window,
        month=named(month) if window is ForecastWindow.MONTH else "",
        currency=currency,
        key=key,
        deal_count=len(sums.deals),
        pipeline_amount=Money(amounts[ForecastCategory.PIPELINE], currency),
        best_case_amount=Money(amounts[ForecastCategory.BEST_CASE], currency),
        commit_amount=Money(amounts[ForecastCategory.COMMIT], currency),
        closed_amount=Money(amounts[ForecastCategory.CLOSED], currency),
        weighted_amount=weighted(sums.weighted, currency),
        unknown_amount=Money(sums.unknown, currency),
    )


def weighted(amount_basis_points: int, currency: str) -> Money:
    """A sum of amounts times basis points as money, rounded once, half to even, to the currency's minor unit."""
    return Money(amount_basis_points, currency).payable_share(1, BASIS_POINTS)
