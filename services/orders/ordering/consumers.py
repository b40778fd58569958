"""The consumers of ordering: subject -> use case."""

from libs.call import Call, Mark
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.orders.ordering import wire
from services.orders.ordering.usecases.conversion import draft_from_registration, order_from
from services.orders.settings import Env


async def on_registration_converted(env: Env, envelope: Envelope, call: Call) -> None:
    """A won deal becomes a draft order."""
    await env.run(draft_from_registration, wire.draft(envelope, call))


async def knows_conversion(env: Env, mark: Mark) -> bool:
    """Whether the draft of the registration exists."""
    return await order_from(env, mark.about) is not None


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("deals.registration.converted", on_registration_converted, knows_conversion),
)
