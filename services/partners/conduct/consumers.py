"""The consumer of conduct: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.conduct import wire
from services.partners.conduct.usecases.cases import open_found_violation
from services.partners.settings import Env


async def on_diversion(env: Env, envelope: Envelope, call: Call) -> None:
    """A violation that a person found by a case of diversion opens a case."""
    await env.run(open_found_violation, wire.found_violation(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("orders.diversion_violation.found", on_diversion),)
