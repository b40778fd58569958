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


class CampaignSums(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign gets of the orders in one currency, by each model."""

    ordered: Money
    first_touch: Money
    last_touch: Money
    linear: Money


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


def sums(campaign_id: str, orders: Iterable[TouchedOrder]) -> tuple[CampaignSums, ...]:
    """What a campaign gets of the orders that it touched, by currency."""
    found = dict[str, list[tuple[int, Shares]]]()
    for order in orders:
        if (shares := attributed(order).get(campaign_id)) is not None:
            found.setdefault(order.amount.currency, []).append((order.amount.amount, shares))
    return tuple(
        CampaignSums(
            ordered=Money(sum(amount for amount, _ in rows), currency),
            first_touch=Money(sum(shares.first for _, shares in rows), currency),
            last_touch=Money(sum(shares.last for _, shares in rows), currency),
            linear=Money(sum(shares.linear for _, shares in rows), currency),
        )
        for currency, rows in sorted(found.items())
    )


def figures(found: Iterable[CampaignSums], cost: Money | None) -> tuple[CampaignFigures, ...]:
    """The sums beside the cost of the campaign, by currency."""
    by_currency = {one.ordered.currency: one for one in found}
    currencies = sorted({*by_currency, *([cost.currency] if cost else ())})
    return tuple(_figures(of, by_currency.get(of), cost) for of in currencies)


def _figures(currency: str, found: CampaignSums | None, cost: Money | None) -> CampaignFigures:
    own_cost = cost if cost and cost.currency == currency else None
    if found is None:
        return CampaignFigures(currency_code=currency, cost=own_cost)
    return CampaignFigures(
        currency_code=currency,
        ordered=found.ordered,
        first_touch=found.first_touch,
        last_touch=found.last_touch,
        linear=found.linear,
        cost=own_cost,
        first_touch_basis_points=_over(found.first_touch, own_cost),
        last_touch_basis_points=_over(found.last_touch, own_cost),
        linear_basis_points=_over(found.linear, own_cost),
    )


def _over(amount: Money, cost: Money | None) -> int | None:
    """An amount over the cost, in basis points; None without a cost above zero."""
    return amount.share(ALL, cost.amount).amount if cost is not None and cost.amount > 0 else None
