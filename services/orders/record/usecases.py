"""Stores the partners of registrations, from the events of deals."""

from libs.call import Command
from libs.store.port import create, get
from services.orders.record.documents import REGISTRATIONS, RegistrationFacts
from services.orders.settings import Env


class KnowRegistration(Command, frozen=True, kw_only=True):
    """Store the partner of a registration."""

    registration_id: str
    partner_id: str


async def know_registration(env: Env, cmd: KnowRegistration) -> RegistrationFacts:
    """The registration. Its partner never changes, so the first event to arrive is enough."""
    loaded = await get(env.store, REGISTRATIONS, cmd.registration_id)
    if loaded is not None:
        return loaded.value
    known = RegistrationFacts(id=cmd.registration_id, partner_id=cmd.partner_id)
    return await env.commit(create(REGISTRATIONS, known), call=cmd.call)
