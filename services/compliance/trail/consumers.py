"""The consumer of every event of the cell."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.compliance.settings import Env
from services.compliance.trail import wire
from services.compliance.trail.usecases.entries import record_event


async def on_event(env: Env, envelope: Envelope, call: Call) -> None:
    """Record one entry for an event, or one for each call that the event records."""
    await env.run(record_event, wire.event_to_record(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer(">", on_event),)
