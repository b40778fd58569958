"""The consumers of conversion: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.deals.conversion import usecases, wire
from services.deals.settings import Env


async def on_order_created(env: Env, envelope: Envelope, call: Call) -> None:
    """Record on a converted claim the order that the orders service created from it."""
    if (command := wire.link_order(envelope, call)) is not None:
        await env.run(usecases.link_order, command)


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("orders.order.created", on_order_created),)
