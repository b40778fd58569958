"""What the orders of a customer come to in a quarter."""

from collections.abc import Iterable
from datetime import date

import msgspec

from libs.quarters import last_day_of
from libs.segmentation.lifecycle import LifeCycle, LifeCycleRules, life_cycle_of
from services.deals.customers.domain.entries import CustomerEntry, DocumentType


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue of the window in ten-thousandths, and life cycle: None if the amount of an order is not known in the
    currency. order_count: of the window. last_order_date: the day of the newest order up to the end of the quarter."""

    revenue: int | None
    order_count: int
    last_order_date: date
    life_cycle: LifeCycle | None


def figures_of(
    entries: Iterable[CustomerEntry], rules: LifeCycleRules, *, currency: str, first_month: date, quarter: date
) -> Figures | None:
    """The figures of a customer with these documents; None without an order in the window. A canceled order does
    not count, nor do the pieces that were canceled when an order was closed."""
    last = last_day_of(quarter)
    orders = [
        (one.won_date, one)
        for one in entries
        if one.type is DocumentType.ORDER and one.won_date is not None and one.won_date <= last
    ]
    counted = sum(day >= first_month for day, _ in orders)
    if not counted:
        return None
    months: dict[date, int] = {}
    known = True
    for day, one in orders:
        amount = _amount(one, currency)
        known = known and amount is not None
        month = day.replace(day=1)
        months[month] = months.get(month, 0) + (amount or 0)
    newest = max(day for day, _ in orders)
    if not known:
        return Figures(revenue=None, order_count=counted, last_order_date=newest, life_cycle=None)
    earning = {month for month, amount in months.items() if amount > 0}
    return Figures(
        revenue=sum(amount for month, amount in months.items() if month >= first_month),
        order_count=counted,
        last_order_date=newest,
        life_cycle=life_cycle_of(rules, earning, months, last_month=last.replace(day=1)),
    )


def _amount(order: CustomerEntry, currency: str) -> int | None:
    """What was ordered and not canceled, in ten-thousandths; None if it is not known in the currency."""
    amounts = [one for one in (order.amount, order.canceled_amount) if one is not None]
    if order.amount is None or any(one.currency != currency for one in amounts):
        return None
    return order.amount.amount - (order.canceled_amount.amount if order.canceled_amount else 0)
