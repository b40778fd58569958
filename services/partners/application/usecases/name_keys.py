"""Renews the keys of partners that earlier rules made, or that were never made."""

from libs.call import Command
from services.partners.application.domain import renewed
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import NAME_RULES, Partner
from services.partners.record.reads import completed
from services.partners.settings import Env


class RenewNameKey(Command, frozen=True, kw_only=True):
    """Compute the keys of a partner by the current rules."""

    id: str


async def renew_name_key(env: Env, cmd: RenewNameKey) -> Partner:
    """The partner with its keys by the current rules. The event keeps the versions of the partner and of its events
    the same, as positions need them."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call)
    if loaded.value.name_rules == NAME_RULES:
        return loaded.value
    partner, event = renewed(completed(env, loaded.value))
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)
