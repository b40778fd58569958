"""What orders keeps of registrations: whose they are, so that an order names none of somebody else."""

from libs.call import Command
from libs.store.port import create
from services.orders.documents import REGISTRATIONS, RegistrationFacts
from services.orders.domain.drafting import RegistrationNotOfPartner
from services.orders.usecases.settings import Env


class KnowRegistration(Command, frozen=True, kw_only=True):
    """Remember whose a registration is."""

    registration_id: str
    partner_id: str


async def know_registration(env: Env, cmd: KnowRegistration) -> RegistrationFacts:
    """The registration; its partner never changes, so whichever event comes first says all."""
    held = await env.store.get(REGISTRATIONS, cmd.registration_id)
    if held is not None:
        return held.value
    known = RegistrationFacts(id=cmd.registration_id, partner_id=cmd.partner_id)
    return await env.commit(create(REGISTRATIONS, known), call=cmd.call)


async def require_registration(env: Env, registration_id: str, partner_id: str) -> None:
    """RegistrationNotOfPartner unless it is of the partner or of one below it; nothing for an order that names none."""
    if not registration_id:
        return
    held = await env.store.get(REGISTRATIONS, registration_id)
    owner = held.value.partner_id if held else ""
    if owner != partner_id and not (owner and await env.scope.below(owner, partner_id)):
        raise RegistrationNotOfPartner(registration_id, partner_id)
