"""The consumer of the reports of every service."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.compliance.retention import wire
from services.compliance.retention.usecases import record_purge
from services.compliance.settings import Env


async def on_purge_run_ended(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the report of a service."""
    await env.run(record_purge, wire.report_of(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("*.purge_run.ended", on_purge_run_ended),)
