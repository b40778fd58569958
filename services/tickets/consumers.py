"""What tickets listens to: subject -> use case."""

from libs import peers
from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.tickets import subject_data, wire
from services.tickets.usecases import orders
from services.tickets.usecases.settings import Env, Settings


async def on_order(env: Env, envelope: Envelope, call: Call) -> None:
    """Whichever event of an order comes first says whose it is."""
    await env.run(orders.know_order, wire.order_of(envelope, call))


CONSUMERS: tuple[Consumer[Settings], ...] = (
    *peers.CONSUMERS,
    Consumer("orders.order.*", on_order),
    subject_data.CONSUMER,
)
