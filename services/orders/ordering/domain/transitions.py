"""All transitions of the state of an order. states.py defines from which states each is allowed; order.py derives
shipping and billing progress."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from libs.money import Money, total
from libs.person import PersonalText
from services.orders.ordering.domain.drafting import require_complete
from services.orders.ordering.domain.holds import ended, evaluated, placed
from services.orders.ordering.events import (
    CanceledLine,
    OrderCanceled,
    OrderClosed,
    OrderConfirmed,
    OrderHeld,
    OrderHoldReleased,
    OrderSubmitted,
    OrderUpdated,
)
from services.orders.record.domain.amounts import by_product_line
from services.orders.record.domain.order import Hold, Order, settle_axes
from services.orders.record.domain.states import (
    BINDING,
    MAY_CANCEL,
    MAY_CLOSE,
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
    """The order has no open hold for this reason."""

    code, reason = Code.FAILED_PRECONDITION, "HOLD_NOT_PLACED"

    def __init__(self, id: str, hold: HoldReason) -> None:
        super().__init__(f"order {id} has no {hold.name} hold", id=id, hold=hold.name)


class NothingToClose(AppError):
    """All goods of the order were shipped, or the rest was canceled before."""

    code, reason = Code.FAILED_PRECONDITION, "NOTHING_TO_CLOSE"

    def __init__(self, id: str) -> None:
        super().__init__(f"order {id} has no pieces left to ship", id=id)


class DeliveryDayPassed(AppError):
    """The requested delivery date has passed."""

    code, reason = Code.FAILED_PRECONDITION, "DELIVERY_DAY_PASSED"

    def __init__(self, id: str, day: date) -> None:
        super().__init__(f"the goods of order {id} are wanted on {day}, which has passed", id=id, day=day)


def require_draft(order: Order) -> None:
    """WrongState unless the order is a draft."""
    require_state("order", order.id, order.state, action="update", allowed=MAY_UPDATE)


def updated(order: Order, fields: tuple[str, ...], *, now: datetime) -> tuple[Order, OrderUpdated]:
    """The order with a new update time, and the event with the names of the fields that changed."""
    event = OrderUpdated(order_id=order.id, partner_id=order.partner_id, fields=fields)
    return replace(order, update_time=now), event


def require_submittable(order: Order, *, on: date) -> None:
    """WrongState, OrderEmpty, NoPrice or DeliveryDayPassed if the order cannot be submitted on the day `on`; prices are
    not compared."""
    require_state("order", order.id, order.state, action="submit", allowed=MAY_SUBMIT)
    require_complete(order)
    if order.requested_delivery_date is not None and order.requested_delivery_date < on:
        raise DeliveryDayPassed(order.id, order.requested_delivery_date)


def submit(order: Order, found: tuple[Hold, ...], *, on: date, now: datetime) -> tuple[Order, Events]:
    """The order submitted, and its events: confirmed, or held for every reason found that no person has judged. A held
    order is submitted again in the same way. Raises as `require_submittable`."""
    require_submittable(order, on=on)
    submitted = replace(
        order,
        state=OrderState.SUBMITTED,
        holds=evaluated(order.holds, found, now=now),
        order_date=on,
        update_time=now,
    )
    about = {"order_id": order.id, "partner_id": order.partner_id}
    events: Events = (OrderSubmitted(**about, total=order.totals.total),)
    before, after = order.open_holds, submitted.open_holds
    gone = (reason for reason in before if reason not in after)
    events += tuple(OrderHoldReleased(**about, reason=reason, release=HoldRelease.REASON_GONE) for reason in gone)
    if not after:
        confirmed, confirmation = _confirm(submitted, now)
        return confirmed, (*events, confirmation)
    if reasons := tuple(reason for reason in after if reason not in before):
        events += (OrderHeld(**about, reasons=reasons),)
    return replace(submitted, state=OrderState.HELD), events


def release(
    order: Order, reason: HoldReason, *, note: PersonalText | None, over: Money | None, now: datetime
) -> tuple[Order, Events]:
    """The order with one hold released, as a person decided, and its events; confirmed if no hold is left. `over`: by
    how much it exceeds the available credit now, None if it fits.

    An order that fits by now also loses its CREDIT hold. An order that exceeds the credit only since another hold was
    placed gets a CREDIT hold instead of being confirmed. WrongState, HoldNotPlaced.
    """
    require_state("order", order.id, order.state, action="release a hold", allowed=MAY_RELEASE)
    if reason not in order.open_holds:
        raise HoldNotPlaced(order.id, reason)
    released, events = _lift(order, reason, HoldRelease.DECIDED, note=note, now=now)
    if released.open_holds == (HoldReason.CREDIT,) and over is None:
        return reason_gone(released, HoldReason.CREDIT, now=now, before=events)
    if not released.open_holds and over is not None and not _judged(released, HoldReason.CREDIT):
        hold = Hold(reason=HoldReason.CREDIT, excess=over, place_time=now)
        held = OrderHeld(order_id=order.id, partner_id=order.partner_id, reasons=(hold.reason,))
        return replace(released, holds=placed(released.holds, hold)), (*events, held)
    return _confirm_unless_held(released, events, now)


def reason_gone(order: Order, reason: HoldReason, *, now: datetime, before: Events = ()) -> tuple[Order, Events]:
    """The order without a hold whose reason no longer applies, and its events after those in `before`; confirmed if no
    hold is left."""
    released, events = _lift(order, reason, HoldRelease.REASON_GONE, note=None, now=now)
    return _confirm_unless_held(released, (*before, *events), now)


def close(order: Order, reason: CancelReason, *, now: datetime) -> tuple[Order, OrderClosed]:
    """The order with all pieces that are still to be shipped canceled, and the event. What was shipped, charges and
    freight can still be invoiced; what is invoiced and not shipped stays invoiced. WrongState, NothingToClose."""
    require_state("order", order.id, order.state, action="close", allowed=MAY_CLOSE)
    ending = {line.line_number: line for line in order.goods if line.open_quantity > 0}
    if not ending:
        raise NothingToClose(order.id)
    parts = {
        number: line.part(max(line.shipped_quantity, line.invoiced_quantity), line.quantity)
        for number, line in ending.items()
    }
    canceled = total([part.total for part in parts.values()], order.currency)
    lines = tuple(
        replace(line, canceled_quantity=line.open_quantity) if line.line_number in ending else line
        for line in order.lines
    )
    changed = replace(
        order,
        lines=lines,
        cancel_reason=reason,
        canceled_total=canceled,
        not_invoiced=order.not_invoiced - canceled,
        update_time=now,
    )
    event = OrderClosed(
        order_id=order.id,
        partner_id=order.partner_id,
        cancel_reason=reason,
        canceled_total=canceled,
        lines=tuple(
            CanceledLine(line_number=line.line_number, sku=line.sku, quantity=line.open_quantity)
            for line in ending.values()
        ),
        product_lines=by_product_line(order, parts),
    )
    return settle_axes(changed), event


def cancel(order: Order, reason: CancelReason, *, now: datetime) -> tuple[Order, OrderCanceled]:
    """The order, canceled before anything was shipped, and the event; WrongState."""
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
        ended(hold, how, note=note, now=now) if hold.reason is reason and hold.release_time is None else hold
        for hold in order.holds
    )
    event = OrderHoldReleased(order_id=order.id, partner_id=order.partner_id, reason=reason, release=how)
    return replace(order, holds=holds, update_time=now), (event,)


def _judged(order: Order, reason: HoldReason) -> bool:
    """Whether a person has released a hold for this reason."""
    return any(hold.reason is reason and hold.judged for hold in order.holds)


def _confirm_unless_held(order: Order, events: Events, now: datetime) -> tuple[Order, Events]:
    """The order, confirmed unless it has an open hold."""
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
        product_lines=by_product_line(order, {line.line_number: line for line in order.lines}),
    )
    changed = replace(
        order, state=OrderState.CONFIRMED, not_invoiced=order.totals.total, confirm_time=now, update_time=now
    )
    return changed, event
