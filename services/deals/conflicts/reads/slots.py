"""Reads slots by key and finds the conflicts in them; the writes that add a claim to slots or remove it."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, Write, create, get_all
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.conflicts.documents import SLOTS
from services.deals.conflicts.domain.keys import SLOT_KEYS, KeysBeingRenewed
from services.deals.conflicts.domain.matching import (
    CLAIMS_PER_KEY,
    Conflict,
    KeySlot,
    Likeness,
    claim,
    conflict,
    has_outdated_keys,
    matches,
    release,
)
from services.deals.conflicts.reads.abroad import hits_of
from services.deals.matching.domain.index import CANDIDATES
from services.deals.settings import Env

CONFLICTS_LISTED = 200
CONFLICTS_AT_MOST = CLAIMS_PER_KEY * len(SLOT_KEYS) + CANDIDATES


async def with_outdated_keys(
    env: Env, review: Review, *, limit: int = ROWS_PER_PAGE
) -> tuple[Loaded[Registration], ...]:
    """Up to `limit` claims in this state with keys of earlier rules, the oldest rules first."""
    query = Query(kind=REGISTRATIONS, equals={"review": review}, order="keys_version", limit=limit)
    return tuple(loaded for loaded in (await env.store.find(query)).rows if has_outdated_keys(loaded.value))


async def refuse_while_renewing(env: Env) -> None:
    """KeysBeingRenewed while a protected claim has keys of earlier rules."""
    if await with_outdated_keys(env, Review.APPROVED, limit=1):
        raise KeysBeingRenewed("protected claims are being keyed anew after an upgrade; nothing was changed")


async def slots_of(env: Env, keys: tuple[str, ...]) -> tuple[Loaded[KeySlot] | KeySlot, ...]:
    """The slots of the keys, in their order; a new KeySlot for a key that is not stored yet."""
    found = await get_all(env.store, SLOTS, keys)
    return tuple(found.get(key) or KeySlot(id=key) for key in keys)


async def conflicts_of(
    env: Env,
    reg: Registration,
    slots: Sequence[Loaded[KeySlot] | KeySlot],
    near: Mapping[str, Likeness],
    *,
    at_most: int = CONFLICTS_LISTED,
) -> tuple[Conflict, ...]:
    """Up to `at_most` conflicts with open claims that share a key or are near, each with the other claim's present
    state, and one with each other cell that knows the customer; best first. near: by claim, see `near_of`."""
    found = matches(reg, tuple(slot_in(one) for one in slots), near.values())[:at_most]
    abroad = await hits_of(env, reg)
    others = await get_all(env.store, REGISTRATIONS, (match.registration_id for match in found))
    conflicts = [
        conflict(reg, other.value, match, near.get(other.value.id))
        for match in found
        if (other := others.get(match.registration_id))
    ]
    return tuple(sorted((*conflicts, *abroad), key=lambda one: (-one.score, one.registration_id, one.cell)))


def claim_writes(reg: Registration, slots: tuple[Loaded[KeySlot] | KeySlot, ...]) -> tuple[Write, ...]:
    """The writes that add a registration to these slots; TooManyClaims if one is full."""
    return tuple(_put(one, claim(slot_in(one), reg)) for one in slots)


async def release_writes(env: Env, reg: Registration, *, keep: tuple[str, ...] = ()) -> tuple[Write, ...]:
    """The writes that remove a registration from its slots, except those of the keys in `keep`."""
    slots = await get_all(env.store, SLOTS, (key for key in reg.keys if key not in keep))
    return tuple(loaded.put(release(loaded.value, reg.id)) for loaded in slots.values())


async def moved_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """The writes that name the present partner of an open registration in its slots."""
    slots = await get_all(env.store, SLOTS, reg.keys)
    return tuple(loaded.put(claim(release(loaded.value, reg.id), reg)) for loaded in slots.values())


def slot_in(one: Loaded[KeySlot] | KeySlot) -> KeySlot:
    """The slot itself, of a stored one or of a new one."""
    return one.value if isinstance(one, Loaded) else one


def own_claims(slots: tuple[Loaded[KeySlot] | KeySlot, ...], partner_id: str) -> tuple[KeySlot, ...]:
    """The slots with the claims of one partner alone."""
    found = (slot_in(one) for one in slots)
    return tuple(replace(one, claims=tuple(x for x in one.claims if x.partner_id == partner_id)) for one in found)


def _put(one: Loaded[KeySlot] | KeySlot, slot: KeySlot) -> Put[KeySlot]:
    return one.put(slot) if isinstance(one, Loaded) else create(SLOTS, slot)
