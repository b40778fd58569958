"""The consumer of certification: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.certification import wire
from services.partners.certification.usecases.completions import forget_person
from services.partners.settings import Env


async def on_contact_removed(env: Env, envelope: Envelope, call: Call) -> None:
    """A contact who was removed no longer counts as a certified person of the partner."""
    await forget_person(env, wire.forget(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("partners.contact.removed", on_contact_removed),)
