"""What partners listens to: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners import subject_data, wire
from services.partners.usecases import activity
from services.partners.usecases.settings import Env


async def on_report(env: Env, envelope: Envelope, call: Call) -> None:
    """Something happened that counts for or against a partner."""
    await env.run(activity.record_report, wire.report(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (
    *(Consumer(subject, on_report) for subject in wire.REPORTS),
    subject_data.CONSUMER,
)
