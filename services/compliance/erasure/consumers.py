"""The consumer of the services' statements."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.compliance.erasure import wire
from services.compliance.erasure.usecases import record_erasure
from services.compliance.settings import Env


async def on_subject_data_erased(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the statement of a service about a round."""
    await env.run(record_erasure, wire.statement_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("*.subject_data.erased", on_subject_data_erased),)
