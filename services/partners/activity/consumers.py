"""The consumers of activity: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.activity import usecases, wire
from services.partners.settings import Env


async def on_report(env: Env, envelope: Envelope, call: Call) -> None:
    """Store a report about a partner's registration, order, invoice or ticket."""
    await env.run(usecases.record_report, wire.report(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = tuple(Consumer(subject, on_report) for subject in wire.REPORTS)
