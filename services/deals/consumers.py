"""What deals listens to: subject -> use case."""

from libs import peers
from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.deals import subject_data, wire
from services.deals.usecases import protection
from services.deals.usecases.settings import Env


async def on_order_created(env: Env, envelope: Envelope, call: Call) -> None:
    """An order that was made of a claim is named on it."""
    if (command := wire.link_order(envelope, call)) is not None:
        await env.run(protection.link_order, command)


CONSUMERS: tuple[Consumer[Env], ...] = (
    *peers.CONSUMERS,
    Consumer("orders.order.created", on_order_created),
    subject_data.CONSUMER,
)
