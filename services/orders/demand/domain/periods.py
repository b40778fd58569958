"""Months and weeks, and the demand of each from the sales of partners."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import Enum

from services.orders.stock.domain.sales import PeriodSales, Sales, month_of, week_of

_HISTORY_AT_MOST = {"MONTH": 60, "WEEK": 156}


class Grain(Enum):
    """The length of a period."""

    MONTH = "MONTH"
    WEEK = "WEEK"


class Basis(Enum):
    """What counts as demand: what partners sold, or what we shipped to them less what came back."""

    SELL_THROUGH = "SELL_THROUGH"
    SELL_IN = "SELL_IN"


def season_of(grain: Grain) -> int:
    """The number of periods of a year."""
    return 12 if grain is Grain.MONTH else 52


def start_of(day: date, grain: Grain) -> date:
    """The first day of its period."""
    return month_of(day) if grain is Grain.MONTH else week_of(day)


def following(start: date, grain: Grain) -> date:
    """The first day of the next period."""
    return start + timedelta(days=monthrange(start.year, start.month)[1] if grain is Grain.MONTH else 7)


def starts(first: date, grain: Grain, count: int) -> list[date]:
    """The first days of `count` periods."""
    found = [first]
    while len(found) < count:
        found.append(following(found[-1], grain))
    return found[:count]


def basis_of(sales: Iterable[Sales]) -> Basis:
    """Sell-through if any partner has reported it."""
    return Basis.SELL_THROUGH if any(one.sold_until for one in sales) else Basis.SELL_IN


def demand_of(sales: Sequence[Sales], *, grain: Grain, basis: Basis, today: date) -> tuple[date | None, list[int]]:
    """The demand of each whole period from the first with a movement on, and the first day of that; None and nothing if
    there is none. Sell-through is known up to the period of the last report; a period in which more came back than was
    shipped has no demand. At most 60 months or 156 weeks, the newest."""
    found: Counter[date] = Counter()
    for one in sales:
        for period in _periods(one, grain):
            found[period.start] += period.sold if basis is Basis.SELL_THROUGH else period.shipped
    end = start_of(today, grain)
    if basis is Basis.SELL_THROUGH:
        reported = max((one.sold_until for one in sales if one.sold_until), default=date.min)
        end = min(end, following(start_of(reported, grain), grain))
    known = [start for start, quantity in found.items() if start < end and quantity > 0]
    if not known:
        return None, []
    first, values = min(known), []
    start = first
    while start < end:
        values.append(max(0, found[start]))
        start = following(start, grain)
    kept = values[-_HISTORY_AT_MOST[grain.value] :]
    return starts(first, grain, len(values) - len(kept) + 1)[-1], kept


def _periods(sales: Sales, grain: Grain) -> tuple[PeriodSales, ...]:
    return sales.months if grain is Grain.MONTH else sales.weeks
