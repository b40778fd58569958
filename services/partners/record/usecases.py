"""Makes the name key of a partner again that was made by earlier rules, or never."""

from libs.call import Command
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import NAME_RULES, Partner, with_key
from services.partners.settings import Env


class RenewNameKey(Command, frozen=True, kw_only=True):
    """Make the name key of a partner by the rules of today."""

    id: str


async def renew_name_key(env: Env, cmd: RenewNameKey) -> Partner:
    """The partner with the name key of today."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call)
    if loaded.value.name_rules == NAME_RULES:
        return loaded.value
    return await env.commit(loaded.put(with_key(loaded.value)), call=cmd.call)
