"""The consumers of the facts: they get every event about claims, orders, invoices, money and tickets; some of these
events count.

Their subjects have wildcards, so that a new metric needs no new consumer.
"""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.facts import wire
from services.partners.facts.usecases.sums import record_report
from services.partners.settings import Env


async def on_event(env: Env, envelope: Envelope, call: Call) -> None:
    """Store what an event says of documents of a partner, if it says something that counts."""
    cmd = wire.report(envelope, env.day_of, call=call)
    if cmd is not None:
        await env.run(record_report, cmd)


CONSUMERS: tuple[Consumer[Env], ...] = tuple(Consumer(subject, on_event, repeatable=True) for subject in wire.SUBJECTS)
