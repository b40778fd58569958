"""The consumer of the pipeline: every event about a claim may transition its deal.

An event that comes again changes nothing, so the stream can be read anew from its beginning.
"""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.deals.pipeline import wire
from services.deals.pipeline.usecases.filing import file_transitions
from services.deals.settings import Env


async def on_claim(env: Env, envelope: Envelope, call: Call) -> None:
    """File what the event says of the deal."""
    if (command := wire.transitions(envelope, call)) is not None:
        await env.run(file_transitions, command)


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("deals.registration.*", on_claim, repeatable=True, part="pipeline"),)
