"""The consumer of handling: subject -> use case."""

from libs.call import Call, Mark
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.store.port import get
from services.tickets.handling import wire
from services.tickets.handling.documents import ORDERS
from services.tickets.handling.usecases.orders import know_order
from services.tickets.settings import Env


async def on_order(env: Env, envelope: Envelope, call: Call) -> None:
    """The first event that arrives about an order stores its partner; a handover changes it."""
    await env.run(know_order, wire.order_of(envelope, call))


async def knows_order(env: Env, mark: Mark) -> bool:
    """Whether the order is stored; any of its events has all that is stored of it."""
    return await get(env.store, ORDERS, mark.about) is not None


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("orders.order.*", on_order, knows_order),)
