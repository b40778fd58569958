"""Every transition of an order's state; states.py says from where, order.py what the other axes follow from."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from libs.money import Money
from libs.person import PersonalText
from services.orders.ordering.domain.drafting import require_complete
from services.orders.ordering.events import (
    OrderCanceled,
    OrderConfirmed,
    OrderHeld,
    OrderHoldReleased,
    OrderSubmitted,
    OrderUpdated,
)
from services.orders.record.domain.order import Hold, Order
from services.orders.record.domain.states import (
    BINDING,
    MAY_CANCEL,
    MAY_RELEASE,
    MAY_SUBMIT,
    MAY_UPDATE,
    CancelReason,
    HoldReason,
    HoldRelease,
    OrderState,
)

Events = tuple[msgspec.Struct, ...]


class HoldNotPlaced(AppError):
    """Nothing of that kind holds the order up."""

    code, reason = Code.FAILED_PRECONDITION, "HOLD_NOT_PLACED"

    def __init__(self, id: str, hold: HoldReason) -> None:
        super().__init__(f"order {id} has no {hold.name} hold", id=id, hold=hold.name)


class DeliveryDayPassed(AppError):
    """The goods are wanted on a day that has passed."""

    code, reason = Code.FAILED_PRECONDITION, "DELIVERY_DAY_PASSED"

    def __init__(self, id: str, day: date) -> None:
        super().__init__(f"the goods of order {id} are wanted on {day}, which has passed", id=id, day=day)


def require_draft(order: Order) -> None:
    """WrongState unless the order is still being written."""
    require_state("order", order.id, order.state, action="update", allowed=MAY_UPDATE)


def updated(order: Order, fields: tuple[str, ...], *, now: datetime) -> tuple[Order, OrderUpdated]:
    """The order, its content replaced."""
    event = OrderUpdated(order_id=order.id, partner_id=order.partner_id, fields=fields)
    return replace(order, update_time=now), event


def require_submittable(order: Order, *, on: date) -> None:
    """WrongState, OrderEmpty, NoPrice or DeliveryDayPassed for what cannot be submitted on a day, whatever it costs."""
    require_state("order", order.id, order.state, action="submit", allowed=MAY_SUBMIT)
    require_complete(order)
    if order.requested_delivery_date is not None and order.requested_delivery_date < on:
        raise DeliveryDayPassed(order.id, order.requested_delivery_date)


def submit(order: Order, holds: tuple[Hold, ...], *, on: date, now: datetime) -> tuple[Order, Events]:
    """Submit an order that is `require_submittable`: it is confirmed, or held for every reason that applies."""
    require_submittable(order, on=on)
    submitted = replace(order, state=OrderState.SUBMITTED, order_date=on, update_time=now)
    event = OrderSubmitted(order_id=order.id, partner_id=order.partner_id, total=order.totals.total)
    if not holds:
        confirmed, confirmation = _confirm(submitted, now)
        return confirmed, (event, confirmation)
    held = replace(submitted, state=OrderState.HELD, holds=holds)
    reasons = tuple(hold.reason for hold in holds)
    return held, (event, OrderHeld(order_id=order.id, partner_id=order.partner_id, reasons=reasons))


def release(
    order: Order, reason: HoldReason, *, note: PersonalText | None, over: Money | None, now: datetime
) -> tuple[Order, Events]:
    """Release one hold, as a person decided; without holds the order is confirmed. `over`: by how much it exceeds
    what its account has available now, None if it fits. So credit that is available by now holds nothing up any
    more, and an order that was within it when something else held it up is not confirmed beyond it."""
    require_state("order", order.id, order.state, action="release a hold", allowed=MAY_RELEASE)
    if reason not in order.open_holds:
        raise HoldNotPlaced(order.id, reason)
    released, events = _lift(order, reason, HoldRelease.DECIDED, note=note, now=now)
    if released.open_holds == (HoldReason.CREDIT,) and over is None:
        return reason_gone(released, HoldReason.CREDIT, now=now, before=events)
    if not released.open_holds and over is not None and not _judged(released, HoldReason.CREDIT):
        hold = Hold(reason=HoldReason.CREDIT, excess=over, place_time=now)
        held = OrderHeld(order_id=order.id, partner_id=order.partner_id, reasons=(hold.reason,))
        return replace(released, holds=(*released.holds, hold)), (*events, held)
    return _confirm_unless_held(released, events, now)


def reason_gone(order: Order, reason: HoldReason, *, now: datetime, before: Events = ()) -> tuple[Order, Events]:
    """Remove a hold whose reason no longer applies; without holds the order is confirmed. `before`: the events
    before it."""
    released, events = _lift(order, reason, HoldRelease.REASON_GONE, note=None, now=now)
    return _confirm_unless_held(released, (*before, *events), now)


def cancel(order: Order, reason: CancelReason, *, now: datetime) -> tuple[Order, OrderCanceled]:
    """End an order before anything of it was shipped."""
    require_state("order", order.id, order.state, action="cancel", allowed=MAY_CANCEL)
    event = OrderCanceled(
        order_id=order.id,
        partner_id=order.partner_id,
        cancel_reason=reason,
        confirmed=order.state in BINDING,
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


def _lift(
    order: Order, reason: HoldReason, how: HoldRelease, *, note: PersonalText | None, now: datetime
) -> tuple[Order, Events]:
    holds = tuple(
        replace(hold, release_time=now, release_note=note, release=how)
        if hold.reason is reason and hold.release_time is None
        else hold
        for hold in order.holds
    )
    event = OrderHoldReleased(order_id=order.id, partner_id=order.partner_id, reason=reason, release=how)
    return replace(order, holds=holds, update_time=now), (event,)


def _judged(order: Order, reason: HoldReason) -> bool:
    """Whether a hold of that kind was placed once, and ended."""
    return any(hold.reason is reason for hold in order.holds)


def _confirm_unless_held(order: Order, events: Events, now: datetime) -> tuple[Order, Events]:
    """The order, confirmed unless something still holds it up."""
    if order.open_holds:
        return order, events
    confirmed, confirmation = _confirm(order, now)
    return confirmed, (*events, confirmation)


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
