"""What handling listens to: subject -> use case."""

from libs.call import Call, Mark
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.store.port import get
from services.tickets.handling import wire
from services.tickets.handling.documents import ORDERS
from services.tickets.handling.usecases.orders import know_order
from services.tickets.settings import Env


async def on_order(env: Env, envelope: Envelope, call: Call) -> None:
    """The first event of an order to arrive names its partner."""
    await env.run(know_order, wire.order_of(envelope, call))


async def knows_order(env: Env, mark: Mark) -> bool:
    """Whether any event of the order has arrived: each says all that is stored of it."""
    return await get(env.store, ORDERS, mark.about) is not None


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("orders.order.*", on_order, knows_order),)
