"""Open claims whose keys an earlier release made: keyed anew, so that they and newer claims find each other."""

from msgspec.structs import replace

from libs.call import Command
from libs.errors import AppError, Code
from libs.store.port import ROWS_PER_PAGE, Held, Query
from services.deals.documents import REGISTRATIONS
from services.deals.domain.matching import KEY_RULES, has_room
from services.deals.domain.registration import Registration
from services.deals.domain.states import CLAIMING, Review
from services.deals.usecases.lines import line
from services.deals.usecases.matching import claim_writes, keys_of, release_writes, slot_in, slots_of
from services.deals.usecases.settings import Env


class RenewKeys(Command, frozen=True, kw_only=True):
    """Key one claim anew."""

    id: str


class KeysBeingRenewed(AppError):
    """Protected claims are not all keyed as this release does it: what an approval would break cannot be seen yet."""

    code, reason = Code.UNAVAILABLE, "KEYS_BEING_RENEWED"
    retry_after_seconds = 5.0


async def keyed_otherwise(env: Env, review: Review, *, limit: int = ROWS_PER_PAGE) -> tuple[Held[Registration], ...]:
    """Claims in this state with keys of earlier rules, the oldest rules first."""
    query = Query(kind=REGISTRATIONS, equals={"review": review}, order="keys_version", limit=limit)
    return tuple(held for held in (await env.store.find(query)).rows if held.value.keys_version < KEY_RULES)


async def refuse_while_renewing(env: Env) -> None:
    """KeysBeingRenewed while a protected claim has keys of earlier rules."""
    if await keyed_otherwise(env, Review.APPROVED, limit=1):
        raise KeysBeingRenewed("protected claims are being keyed anew after an upgrade; nothing was changed")


async def renew_keys(env: Env, cmd: RenewKeys) -> Registration:
    """The claim with the keys of today, in their slots and no others; without those that thousands share."""
    seen = (await env.load(REGISTRATIONS, cmd.id, call=cmd.call)).value
    keys = keys_of(seen.customer)
    async with line(env, seen.partner_id, {*seen.keys, *keys}):
        held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
        if held.value.review not in CLAIMING or held.value.keys_version >= KEY_RULES:
            return held.value
        slots = tuple(one for one in await slots_of(env, keys) if has_room(slot_in(one), held.value))
        taken = tuple(slot_in(one).id for one in slots)
        reg = replace(held.value, keys=taken, keys_version=KEY_RULES)
        stale = replace(held.value, keys=tuple(key for key in held.value.keys if key not in taken))
        return await env.commit(
            held.put(reg), *claim_writes(reg, slots), *await release_writes(env, stale), call=cmd.call
        )
