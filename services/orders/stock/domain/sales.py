"""What was shipped to a partner and sold by it, per month and week: the history that demand is forecast from."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import msgspec

from libs.document import Document
from services.orders.stock.domain.movement import Movement, MovementKind
from services.orders.stock.domain.position import position_id

_MONTHS_KEPT = 60
_WEEKS_KEPT = 156

_SHIPPED = {MovementKind.SELL_IN: 1, MovementKind.RETURN: -1}


class PeriodSales(msgspec.Struct, frozen=True, kw_only=True):
    """A month or week by its first day. sold: sell-through. shipped: sell-in less returns, may be negative."""

    start: date
    sold: int = 0
    shipped: int = 0


class Sales(Document, frozen=True, kw_only=True):
    """The id is that of the position. months, weeks: those in which something moved, the oldest first, the newest 60
    and 156. sold_until: the day of the last report of sales; None without one."""

    partner_id: str
    sku: str
    months: tuple[PeriodSales, ...] = ()
    weeks: tuple[PeriodSales, ...] = ()
    sold_until: date | None = None


def sales_of(partner_id: str, sku: str, movements: Iterable[Movement]) -> Sales:
    """The sales of an article at a partner."""
    known = list(movements)
    sold = [one.date for one in known if one.kind is MovementKind.SELL_THROUGH]
    return Sales(
        id=position_id(partner_id, sku),
        partner_id=partner_id,
        sku=sku,
        months=_periods(known, month_of)[-_MONTHS_KEPT:],
        weeks=_periods(known, week_of)[-_WEEKS_KEPT:],
        sold_until=max(sold, default=None),
    )


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def week_of(day: date) -> date:
    """The Monday of its week; the first day that there is, for days before its first Monday."""
    return day - timedelta(days=min(day.weekday(), (day - date.min).days))


def _periods(movements: Iterable[Movement], start_of: Callable[[date], date]) -> tuple[PeriodSales, ...]:
    sold: Counter[date] = Counter()
    shipped: Counter[date] = Counter()
    for one in movements:
        start = start_of(one.date)
        if one.kind is MovementKind.SELL_THROUGH:
            sold[start] += one.quantity
        elif one.kind in _SHIPPED:
            shipped[start] += _SHIPPED[one.kind] * one.quantity
    starts = sorted({*sold, *shipped})
    return tuple(PeriodSales(start=one, sold=sold[one], shipped=shipped[one]) for one in starts)
