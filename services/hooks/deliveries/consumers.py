"""The consumer of every event of the cell."""

from libs.call import Call
from libs.messaging.catalogue import deliverable
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.hooks.deliveries import wire
from services.hooks.deliveries.usecases import take_event
from services.hooks.settings import Env


async def on_event(env: Env, envelope: Envelope, call: Call) -> None:
    """Queue an event for its receivers; what is about the services themselves is left out."""
    if wire.event_type(envelope) in deliverable():
        await take_event(env, wire.event_to_take(envelope, call, env.settings.partner_events.without_version))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer(">", on_event),)
