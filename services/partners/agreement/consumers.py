"""The consumer of agreements: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.agreement import wire
from services.partners.agreement.usecases.ending import follow_agreements
from services.partners.settings import Env


async def on_agreement(env: Env, envelope: Envelope, call: Call) -> None:
    """The users of the partner see its downline as its agreements say."""
    await follow_agreements(env, wire.follow(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("partners.agreement.*", on_agreement),)
