"""The use cases that list the conflicts of a claim, and that renew keys computed by an earlier release."""

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.listing import rows_per_page
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.conflicts.domain.keys import keys_of
from services.deals.conflicts.domain.matching import Conflict, has_room, rekeyed
from services.deals.conflicts.domain.viewing import sees_rivals, shown_rivals
from services.deals.conflicts.reads.locking import lock
from services.deals.conflicts.reads.near import near_of
from services.deals.conflicts.reads.slots import (
    claim_writes,
    conflicts_of,
    own_claims,
    release_writes,
    slot_in,
    slots_of,
)
from services.deals.matching.reads.filing import entry_writes
from services.deals.settings import Env


class ListConflicts(Command, frozen=True, kw_only=True):
    """List the conflicts of a registration."""

    registration_id: str
    page_size: int = 0
    page_token: str = ""


class RenewKeys(Command, frozen=True, kw_only=True):
    """Compute the keys of one claim by the present rules."""

    id: str


async def list_conflicts(env: Env, cmd: ListConflicts) -> tuple[tuple[Conflict, ...], str]:
    """A page of conflicts, best first, and the token of the next page, empty on the last. `domain.viewing` decides what
    a partner's people see; rivals and near claims are not read in vain, else the time of the answer would depend on
    them. InvalidInput for a page token of another registration."""
    reg = await env.show(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    viewer = cmd.call.caller.partner_id
    told = sees_rivals(reg, viewer)
    near = await near_of(env, reg) if reg.keys and told else {}
    slots = await slots_of(env, reg.keys)
    found = await conflicts_of(env, reg, slots if told else own_claims(slots, viewer), near)
    found = shown_rivals(reg, found, viewer)
    start = _offset(cmd)
    end = start + rows_per_page(cmd.page_size)
    more = f"{cmd.registration_id}.{end}" if end < len(found) else ""
    return found[start:end], more


async def renew_keys(env: Env, cmd: RenewKeys) -> Registration:
    """The claim with the keys of the present rules, listed in their slots only; unchanged if it is not open or its keys
    are not outdated. A key whose slot is full is left out."""
    seen = (await env.load(REGISTRATIONS, cmd.id, call=cmd.call)).value
    keys = keys_of(seen.customer, env.keys.keyed)
    async with lock(env, seen.partner_id, {*seen.keys, *keys}):
        loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
        slots = tuple(one for one in await slots_of(env, keys) if has_room(slot_in(one), loaded.value))
        reg = rekeyed(loaded.value, tuple(slot_in(one).id for one in slots))
        if reg is None:
            return loaded.value
        return await env.commit(
            loaded.put(reg),
            *claim_writes(reg, slots),
            *await release_writes(env, loaded.value, keep=reg.keys),
            *await entry_writes(env, reg),
            call=cmd.call,
        )


def _offset(cmd: ListConflicts) -> int:
    if not cmd.page_token:
        return 0
    registration, _, offset = cmd.page_token.rpartition(".")
    if registration != cmd.registration_id or not offset.isdecimal() or not offset.isascii():
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return int(offset)
