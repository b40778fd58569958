"""What compliance listens to: everything, for the trail; the answers to its questions; its own question."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.compliance import subject_data, wire
from services.compliance.usecases import audit, requests
from services.compliance.usecases.settings import Env


async def on_anything(env: Env, envelope: Envelope, call: Call) -> None:
    """Every event of the cell leaves an entry, or as many as it records calls."""
    await env.run(audit.record_event, wire.happened(envelope, call))


async def on_subject_data_located(env: Env, envelope: Envelope, call: Call) -> None:
    """A service answered."""
    await env.run(requests.record_answer, wire.answer(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer(">", on_anything),
    Consumer("*.subject_data.located", on_subject_data_located),
    subject_data.CONSUMER,
)
