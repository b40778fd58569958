"""The consumer of the services' answers."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.compliance.requests import wire
from services.compliance.requests.usecases import record_answer
from services.compliance.settings import Env


async def on_subject_data_located(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the answer of a service to a round."""
    await env.run(record_answer, wire.answer_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("*.subject_data.located", on_subject_data_located),)
