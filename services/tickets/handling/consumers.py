"""What handling listens to: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.tickets.handling import wire
from services.tickets.handling.usecases.orders import know_order
from services.tickets.settings import Env


async def on_order(env: Env, envelope: Envelope, call: Call) -> None:
    """The first event of an order to arrive names its partner."""
    await env.run(know_order, wire.order_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("orders.order.*", on_order),)
