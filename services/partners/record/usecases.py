"""Renews name keys that earlier rules made, or that were never made."""

from libs.call import Command
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import NAME_RULES, Partner, with_key
from services.partners.settings import Env


class RenewNameKey(Command, frozen=True, kw_only=True):
    """Compute the name key of a partner by the current rules."""

    id: str


async def renew_name_key(env: Env, cmd: RenewNameKey) -> Partner:
    """The partner with its name key by the current rules."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call)
    if loaded.value.name_rules == NAME_RULES:
        return loaded.value
    return await env.commit(loaded.put(with_key(loaded.value)), call=cmd.call)
