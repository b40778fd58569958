"""The consumer of the services' statements."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.compliance.measures import wire
from services.compliance.measures.usecases import record_measure
from services.compliance.settings import Env


async def on_subject_measure_stated(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the statement of a service about a round."""
    await env.run(record_measure, wire.statement_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("*.subject_measure.stated", on_subject_measure_stated),)
