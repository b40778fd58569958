"""From keys to slots, and from slots to the claims that match."""

from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, Write, create, get_all
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.conflicts.documents import SLOTS
from services.deals.conflicts.domain.keys import KeysBeingRenewed, MatchKey
from services.deals.conflicts.domain.matching import (
    CLAIMS_PER_KEY,
    Conflict,
    KeySlot,
    claim,
    conflict,
    has_outdated_keys,
    matches,
    release,
)
from services.deals.settings import Env

CONFLICTS_LISTED = 200
CONFLICTS_AT_MOST = CLAIMS_PER_KEY * len(MatchKey)


async def with_outdated_keys(
    env: Env, review: Review, *, limit: int = ROWS_PER_PAGE
) -> tuple[Loaded[Registration], ...]:
    """Claims in this state with keys of earlier rules, the oldest rules first."""
    query = Query(kind=REGISTRATIONS, equals={"review": review}, order="keys_version", limit=limit)
    return tuple(loaded for loaded in (await env.store.find(query)).rows if has_outdated_keys(loaded.value))


async def refuse_while_renewing(env: Env) -> None:
    """KeysBeingRenewed while a protected claim has keys of earlier rules."""
    if await with_outdated_keys(env, Review.APPROVED, limit=1):
        raise KeysBeingRenewed("protected claims are being keyed anew after an upgrade; nothing was changed")


async def slots_of(env: Env, keys: tuple[str, ...]) -> tuple[Loaded[KeySlot] | KeySlot, ...]:
    """The slots of the keys; a new one where nobody claims the key yet."""
    found = await get_all(env.store, SLOTS, keys)
    return tuple(found.get(key) or KeySlot(id=key) for key in keys)


async def conflicts_of(
    env: Env, reg: Registration, slots: tuple[Loaded[KeySlot] | KeySlot, ...], *, at_most: int = CONFLICTS_LISTED
) -> tuple[Conflict, ...]:
    """Every open claim that shares a key, best first, in its present state."""
    found = matches(reg, tuple(slot_in(one) for one in slots))[:at_most]
    others = await get_all(env.store, REGISTRATIONS, (match.claim.registration_id for match in found))
    conflicts = [
        conflict(reg, other.value, match) for match in found if (other := others.get(match.claim.registration_id))
    ]
    return tuple(sorted(conflicts, key=lambda one: (-one.score, one.registration_id)))


def claim_writes(reg: Registration, slots: tuple[Loaded[KeySlot] | KeySlot, ...]) -> tuple[Write, ...]:
    """The writes that put a registration into its slots."""
    return tuple(_put(one, claim(slot_in(one), reg)) for one in slots)


async def release_writes(env: Env, reg: Registration, *, keep: tuple[str, ...] = ()) -> tuple[Write, ...]:
    """The writes that take a registration out of its slots, but for those of `keep`."""
    slots = await get_all(env.store, SLOTS, (key for key in reg.keys if key not in keep))
    return tuple(loaded.put(release(loaded.value, reg.id)) for loaded in slots.values())


def slot_in(one: Loaded[KeySlot] | KeySlot) -> KeySlot:
    """The slot, whether it is stored already or not."""
    return one.value if isinstance(one, Loaded) else one


def _put(one: Loaded[KeySlot] | KeySlot, slot: KeySlot) -> Put[KeySlot]:
    return one.put(slot) if isinstance(one, Loaded) else create(SLOTS, slot)
