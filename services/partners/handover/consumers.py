"""The consumer of the services' statements."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.handover import wire
from services.partners.handover.usecases import record_statement
from services.partners.settings import Env


async def on_stated(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the statement of a service about a handover."""
    await env.run(record_statement, wire.statement_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("*.handover.stated", on_stated),)
