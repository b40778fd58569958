"""The consumer of data quality: it gets all events of partners, because events about a partner, by name, have consumers
of other slices; a few of them lead to a look."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.quality import wire
from services.partners.quality.usecases.looking import look_again
from services.partners.settings import Env


async def on_event(env: Env, envelope: Envelope, call: Call) -> None:
    """Look at the records that the event is about."""
    cmd = wire.look(envelope, call)
    if cmd is not None:
        await env.run(look_again, cmd)


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("partners.>", on_event, repeatable=True),)
