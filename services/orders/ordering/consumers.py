"""What ordering listens to: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.orders.ordering import wire
from services.orders.ordering.usecases.conversion import draft_from_registration
from services.orders.settings import Env


async def on_registration_converted(env: Env, envelope: Envelope, call: Call) -> None:
    """A won deal becomes a draft order."""
    await env.run(draft_from_registration, wire.draft(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("deals.registration.converted", on_registration_converted),)
