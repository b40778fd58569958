"""Reasons to hold an order, and reasons that no longer apply."""

from collections.abc import Iterable
from datetime import date, datetime

from libs.money import Money
from libs.partner import TerritoryFacts
from services.orders.credit.domain import CreditAccount, with_held_order
from services.orders.record.domain.order import Hold, Order
from services.orders.record.domain.states import HoldReason, OrderState


def holds_against(*, over: Money | None, active: bool, outside: bool, now: datetime) -> tuple[Hold, ...]:
    """Every reason to hold an order, all at once. over: by how much it exceeds its credit, None if it fits; active:
    whether the partner is; outside: whether the partner may not sell there."""
    found = []
    if over is not None:
        found.append(Hold(reason=HoldReason.CREDIT, excess=over, place_time=now))
    if not active:
        found.append(Hold(reason=HoldReason.COMPLIANCE, place_time=now))
    if outside:
        found.append(Hold(reason=HoldReason.TERRITORY, place_time=now))
    return tuple(found)


def excluded(order: Order, exclusive: Iterable[TerritoryFacts], *, on: date) -> bool:
    """Whether another partner has the place exclusively."""
    place = (order.ship_to_country, order.ship_to_subdivision)
    return any(
        grant.partner_id != order.partner_id and grant.covers(*place, order.product_lines, on=on) for grant in exclusive
    )


def covered(order: Order, own: tuple[TerritoryFacts, ...], *, on: date) -> bool:
    """Whether the partner's own grants cover every product line of the order."""
    place = (order.ship_to_country, order.ship_to_subdivision)
    return all(any(grant.covers(*place, frozenset({line}), on=on) for grant in own) for line in order.product_lines)


def waits_for_credit_alone(order: Order) -> bool:
    """Whether nothing but credit holds the order up."""
    return order.state is OrderState.HELD and order.open_holds == (HoldReason.CREDIT,)


def may_be_confirmed(order: Order, found: tuple[Hold, ...]) -> bool:
    """Whether a person has judged every reason that applies today, and none is credit."""
    judged = {hold.reason for hold in order.holds} - {HoldReason.CREDIT}
    return all(hold.reason in judged for hold in found)


def with_hold_counted(account: CreditAccount, order: Order) -> CreditAccount:
    """The account of an order that is held; it counts the order if credit holds it up."""
    return with_held_order(account) if HoldReason.CREDIT in order.open_holds else account
