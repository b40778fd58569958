"""What the record listens to: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.orders.record import wire
from services.orders.record.usecases import know_registration
from services.orders.settings import Env


async def on_registration(env: Env, envelope: Envelope, call: Call) -> None:
    """The first event of a registration to arrive names its partner."""
    await env.run(know_registration, wire.registration_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("deals.registration.*", on_registration),)
