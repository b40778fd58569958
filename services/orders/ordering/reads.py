"""Events of orders that commits of higher slices carry."""

from libs.env import About
from services.orders.ordering.events import OrderCompleted
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState


def completion(before: Order, after: Order) -> tuple[About, ...]:
    """The event of an order that has nothing left to do; `after` as it is written."""
    if after.state is not OrderState.COMPLETED or before.state is OrderState.COMPLETED:
        return ()
    return (About(OrderCompleted(order_id=after.id, partner_id=after.partner_id), after),)
