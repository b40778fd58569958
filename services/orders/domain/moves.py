"""Every move of an order's state; states.py says from where, order.py what the other axes follow from."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from libs.money import Money
from libs.person import PersonalText
from services.orders.domain.drafting import OrderEmpty, refuse_unpriced
from services.orders.domain.events import (
    OrderCanceled,
    OrderConfirmed,
    OrderHeld,
    OrderHoldReleased,
    OrderSubmitted,
    OrderUpdated,
)
from services.orders.domain.order import Hold, Order
from services.orders.domain.states import (
    MAY_CANCEL,
    MAY_RELEASE,
    MAY_SUBMIT,
    MAY_UPDATE,
    STANDING,
    CancelReason,
    HoldReason,
    OrderState,
)

Events = tuple[msgspec.Struct, ...]


class HoldNotPlaced(AppError):
    """Nothing of that kind holds the order up."""

    code, reason = Code.FAILED_PRECONDITION, "HOLD_NOT_PLACED"

    def __init__(self, id: str, hold: HoldReason) -> None:
        super().__init__(f"order {id} has no {hold.name} hold", id=id, hold=hold.name)


def require_draft(order: Order) -> None:
    """WrongState unless the order is still being written."""
    require_state("order", order.id, order.state, action="update", allowed=MAY_UPDATE)


def updated(order: Order, fields: tuple[str, ...], *, now: datetime) -> tuple[Order, OrderUpdated]:
    """The order, its content replaced."""
    event = OrderUpdated(order_id=order.id, partner_id=order.partner_id, fields=fields)
    return replace(order, update_time=now), event


def submit(order: Order, holds: tuple[Hold, ...], *, on: date, now: datetime) -> tuple[Order, Events]:
    """Hand an order in: it stands, or is held by everything that speaks against it."""
    require_state("order", order.id, order.state, action="submit", allowed=MAY_SUBMIT)
    if not order.lines:
        raise OrderEmpty(order.id)
    refuse_unpriced(order)
    submitted = replace(order, state=OrderState.SUBMITTED, order_date=on, update_time=now)
    event = OrderSubmitted(order_id=order.id, partner_id=order.partner_id, total=order.totals.total)
    if not holds:
        confirmed, standing = _confirm(submitted, now)
        return confirmed, (event, standing)
    held = replace(submitted, state=OrderState.HELD, holds=holds)
    reasons = tuple(hold.reason for hold in holds)
    return held, (event, OrderHeld(order_id=order.id, partner_id=order.partner_id, reasons=reasons))


def release(order: Order, reason: HoldReason, *, note: PersonalText | None, now: datetime) -> tuple[Order, Events]:
    """Take one hold away; the last one lets the order stand."""
    require_state("order", order.id, order.state, action="release a hold", allowed=MAY_RELEASE)
    if reason not in order.open_holds:
        raise HoldNotPlaced(order.id, reason)
    holds = tuple(
        replace(hold, release_time=now, release_note=note)
        if hold.reason is reason and hold.release_time is None
        else hold
        for hold in order.holds
    )
    released = replace(order, holds=holds, update_time=now)
    event = OrderHoldReleased(order_id=order.id, partner_id=order.partner_id, reason=reason)
    if released.open_holds:
        return released, (event,)
    confirmed, standing = _confirm(released, now)
    return confirmed, (event, standing)


def cancel(order: Order, reason: CancelReason, *, now: datetime) -> tuple[Order, OrderCanceled]:
    """End an order before anything of it was shipped."""
    require_state("order", order.id, order.state, action="cancel", allowed=MAY_CANCEL)
    event = OrderCanceled(
        order_id=order.id,
        partner_id=order.partner_id,
        cancel_reason=reason,
        confirmed=order.state in STANDING,
        total=order.totals.total,
    )
    changed = replace(
        order,
        state=OrderState.CANCELED,
        cancel_reason=reason,
        not_invoiced=Money.zero(order.currency),
        update_time=now,
    )
    return changed, event


def _confirm(order: Order, now: datetime) -> tuple[Order, OrderConfirmed]:
    event = OrderConfirmed(
        order_id=order.id,
        partner_id=order.partner_id,
        registration_id=order.registration_id,
        total=order.totals.total,
        order_date=order.order_date,
        ship_to_country=order.ship_to_country,
    )
    changed = replace(
        order, state=OrderState.CONFIRMED, not_invoiced=order.totals.total, confirm_time=now, update_time=now
    )
    return changed, event
