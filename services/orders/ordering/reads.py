"""Events of orders that the commits of higher slices publish."""

from libs.env import About
from services.orders.ordering.events import OrderCompleted
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState


def completion(before: Order, after: Order) -> tuple[About, ...]:
    """OrderCompleted if this change completed the order, else empty; `after` is the order as written."""
    if after.state is not OrderState.COMPLETED or before.state is OrderState.COMPLETED:
        return ()
    return (About(OrderCompleted(order_id=after.id, partner_id=after.partner_id), after),)
