"""What higher slices use of ordering: the event of a completed order, and whether a place is outside the territory."""

from libs.env import About
from libs.partner_projection import exclusive_grants, has_grants, own_grants
from services.orders.ordering.domain.holds import covered, excluded
from services.orders.ordering.events import OrderCompleted
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState
from services.orders.settings import Env


def completion(before: Order, after: Order) -> tuple[About, ...]:
    """OrderCompleted if this change completed the order, else empty; `after` is the order as written."""
    if after.state is not OrderState.COMPLETED or before.state is OrderState.COMPLETED:
        return ()
    return (About(OrderCompleted(order_id=after.id, partner_id=after.partner_id), after),)


async def outside(env: Env, order: Order) -> bool:
    """Whether the partner may not sell at the ship-to place. A partner without any grants may sell wherever no other
    partner has an exclusive grant."""
    on, store = env.today(), env.store
    if excluded(order, await exclusive_grants(store, order.ship_to_country, order.product_lines, on=on), on=on):
        return True
    if not await has_grants(store, order.partner_id):
        return False
    own = await own_grants(store, order.partner_id, order.ship_to_country, order.product_lines, on=on)
    return not covered(order, own, on=on)
