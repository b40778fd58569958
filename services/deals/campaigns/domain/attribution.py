"""Attributes an order to the touches of its claim: to the first, to the last, and to all in equal shares."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from libs.money import Money

ALL = 10_000  # basis points


class TouchPoint(NamedTuple):
    """A touch; touches of one day are ordered by their ids."""

    day: date
    id: str
    campaign_id: str


class TouchedOrder(NamedTuple):
    """An order that was placed on a day, and the touches of its claim, in any order."""

    amount: Money
    day: date
    touches: tuple[TouchPoint, ...]


class Shares(NamedTuple):
    """What one campaign gets of an order, in ten-thousandths of its currency, by each model."""

    first: int = 0
    last: int = 0
    linear: int = 0


class CampaignFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The orders in one currency; `prm.deals.v1.CampaignFigures` describes each field."""

    currency_code: str
    ordered: Money | None = None
    first_touch: Money | None = None
    last_touch: Money | None = None
    linear: Money | None = None
    cost: Money | None = None
    first_touch_basis_points: int | None = None
    last_touch_basis_points: int | None = None
    linear_basis_points: int | None = None


def attributed(order: TouchedOrder) -> Mapping[str, Shares]:
    """What each campaign gets of an order, by its id; together the whole order by each model. Empty if no touch was on
    its day or before. Of the ten-thousandths that equal shares leave over, the earliest touches get one each."""
    touches = sorted(one for one in order.touches if one.day <= order.day)
    found = dict[str, Shares]()
    for place, touch in enumerate(touches):
        quotient, rest = divmod(order.amount.amount, len(touches))
        before = found.get(touch.campaign_id, Shares())
        found[touch.campaign_id] = Shares(
            first=before.first + (order.amount.amount if place == 0 else 0),
            last=before.last + (order.amount.amount if place == len(touches) - 1 else 0),
            linear=before.linear + quotient + (place < rest),
        )
    return found


def figures(campaign_id: str, orders: Iterable[TouchedOrder], cost: Money | None) -> tuple[CampaignFigures, ...]:
    """What a campaign gets of the orders that it touched, by currency, beside its cost."""
    by_currency = dict[str, list[tuple[Money, Shares]]]()
    for order in orders:
        if (shares := attributed(order).get(campaign_id)) is not None:
            by_currency.setdefault(order.amount.currency, []).append((order.amount, shares))
    currencies = sorted({*by_currency, *([cost.currency] if cost else ())})
    return tuple(_figures(of, by_currency.get(of, []), cost) for of in currencies)


def _figures(currency: str, found: list[tuple[Money, Shares]], cost: Money | None) -> CampaignFigures:
    own_cost = cost if cost and cost.currency == currency else None
    if not found:
        return CampaignFigures(currency_code=currency, cost=own_cost)
    first, last, linear = (
        Money(sum(shares[model] for _, shares in found), currency) for model in range(len(Shares._fields))
    )
    return CampaignFigures(
        currency_code=currency,
        ordered=Money(sum(amount.amount for amount, _ in found), currency),
        first_touch=first,
        last_touch=last,
        linear=linear,
        cost=own_cost,
        first_touch_basis_points=_over(first, own_cost),
        last_touch_basis_points=_over(last, own_cost),
        linear_basis_points=_over(linear, own_cost),
    )


def _over(amount: Money, cost: Money | None) -> int | None:
    """An amount over the cost, in basis points; None without a cost above zero."""
    return amount.share(ALL, cost.amount).amount if cost is not None and cost.amount > 0 else None
