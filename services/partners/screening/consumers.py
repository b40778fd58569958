"""The consumers of screening: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.screening.usecases import ScreenPartner, screen_partner
from services.partners.settings import Env

SUBJECTS = ("partners.partner.applied", "partners.partner.updated", "partners.partner.imported")


async def on_partner(env: Env, envelope: Envelope, call: Call) -> None:
    """Screen a partner that has applied, was imported, or may have another name."""
    await screen_partner(env, ScreenPartner(call=call, partner_id=envelope.about))


CONSUMERS: tuple[Consumer[Env], ...] = tuple(Consumer(subject, on_partner, repeatable=True) for subject in SUBJECTS)
