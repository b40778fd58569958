"""The consumer of diversion: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.orders.diversion import wire
from services.orders.diversion.usecases.sightings import see_ticket
from services.orders.settings import Env


async def on_ticket(env: Env, envelope: Envelope, call: Call) -> None:
    """A ticket about a piece tells where the piece is."""
    if (seen := wire.ticket(envelope, call)) is not None:
        await see_ticket(env, seen)


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("tickets.ticket.created", on_ticket),)
