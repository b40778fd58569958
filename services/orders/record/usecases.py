"""Stores the partners of registrations, from the events of deals."""

from libs.call import Command
from libs.store.port import create, get
from services.orders.record.documents import REGISTRATIONS, RegistrationFacts
from services.orders.settings import Env


class KnowRegistration(Command, frozen=True, kw_only=True):
    """Store the partner of a registration. facts_version: the version of the registration in the event."""

    registration_id: str
    partner_id: str
    facts_version: int = 0


async def know_registration(env: Env, cmd: KnowRegistration) -> RegistrationFacts:
    """The registration. Only a handover changes its partner, so nothing is written if the partner is stored, or if a
    newer event said another one."""
    loaded = await get(env.store, REGISTRATIONS, cmd.registration_id)
    known = RegistrationFacts(id=cmd.registration_id, partner_id=cmd.partner_id, facts_version=cmd.facts_version)
    if loaded is None:
        return await env.commit(create(REGISTRATIONS, known), call=cmd.call)
    if loaded.value.partner_id == cmd.partner_id or cmd.facts_version <= loaded.value.facts_version:
        return loaded.value
    return await env.commit(loaded.put(known), call=cmd.call)
