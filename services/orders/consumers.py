"""What orders listens to: subject -> use case."""

from libs import peers
from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.orders import subject_data
from services.orders.usecases import conversion, registrations
from services.orders.usecases.settings import Env
from services.orders.wire import orders as wire


async def on_registration_converted(env: Env, envelope: Envelope, call: Call) -> None:
    """A won deal becomes a draft order."""
    await env.run(conversion.draft_from_registration, wire.draft(envelope, call))


async def on_registration(env: Env, envelope: Envelope, call: Call) -> None:
    """Whichever event of a registration comes first says whose it is."""
    await env.run(registrations.know_registration, wire.registration_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (
    *peers.CONSUMERS,
    Consumer("deals.registration.*", on_registration),
    Consumer("deals.registration.converted", on_registration_converted),
    subject_data.CONSUMER,
)
