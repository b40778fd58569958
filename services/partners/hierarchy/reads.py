"""Loads and writes of the partner hierarchy that higher slices may use."""

from collections.abc import Sequence
from typing import NamedTuple

from libs.call import Call
from libs.partner import LEVELS
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, Scalar, Write, create, get
from services.partners.hierarchy.documents import BRANCHES
from services.partners.hierarchy.domain import (
    DISTRIBUTORS_WALKED,
    Branch,
    BuyersLeft,
    DownlineTooWide,
    refuse_place,
)
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.settings import Env

# The lock of this process that a use case holds while it places a partner in the hierarchy.
HIERARCHY_TURN = "hierarchy"


class _Place(NamedTuple):
    """A partner, and the lock of its place in the hierarchy, which was read first; None if it has no lock yet."""

    lock: Loaded[Branch] | None
    partner: Partner


async def entry_writes(env: Env, partner: Partner, *, call: Call) -> tuple[Write, ...]:
    """The lock writes to add to the commit that creates `partner`; none without a parent. HIERARCHY_TOO_DEEP,
    PARENT_NOT_DISTRIBUTOR, NOT_FOUND (the parent)."""
    if not partner.parent_partner_id:
        return ()
    places = await _upline(env, partner.parent_partner_id, call=call)
    refuse_place(partner, [place.partner for place in places], levels=1)
    return tuple(_touch(place) for place in places)


async def move_writes(env: Env, before: Partner, after: Partner, *, call: Call) -> tuple[Write, ...]:
    """The lock writes to add to the commit that changes a partner from `before` to `after`; none if it keeps its
    parent and does not stop selling to partners. HIERARCHY_CYCLE, BUYERS_LEFT, and the errors of `entry_writes`."""
    moved = after.parent_partner_id != before.parent_partner_id
    closing = before.sells_on and not after.sells_on
    if not moved and not closing:
        return ()
    own = _Place(await get(env.store, BRANCHES, after.id), after)
    if closing and await _has_buyers(env, after.id):
        raise BuyersLeft(after.id)
    if not moved or not after.parent_partner_id:
        return (_touch(own),)
    places = await _upline(env, after.parent_partner_id, call=call)
    upline = [place.partner for place in places]
    refuse_place(after, upline, levels=1)  # first what needs no read of the downline
    refuse_place(after, upline, levels=await _levels(env, after, LEVELS - len(upline)))
    return tuple(_touch(place) for place in (own, *places))


async def distributors_below(env: Env, sellers: Sequence[str]) -> list[str]:
    """The ids of the distributors that buy directly from one of the partners `sellers` (ids); DownlineTooWide above
    DISTRIBUTORS_WALKED."""
    found: list[str] = []
    for seller in sellers:
        cursor = ""
        while True:
            equals: dict[str, Scalar] = {"parent_partner_id": seller, "kind": PartnerKind.DISTRIBUTOR}
            page = await env.store.find(Query(kind=PARTNERS, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor))
            found += [loaded.value.id for loaded in page.rows]
            cursor = page.next_cursor
            if len(found) > DISTRIBUTORS_WALKED:
                raise DownlineTooWide
            if not cursor:
                break
    return found


async def _upline(env: Env, lowest: str, *, call: Call) -> tuple[_Place, ...]:
    """The partner `lowest`, its parent and so on up, LEVELS + 1 partners at most. The lock of each is read before the
    partner: if a parent changes meanwhile, the commit that writes the locks fails."""
    found: list[_Place] = []
    next_id = lowest
    while next_id and len(found) <= LEVELS:
        lock = await get(env.store, BRANCHES, next_id)
        loaded = await env.load(PARTNERS, next_id, call=call)
        found.append(_Place(lock, loaded.value))
        next_id = loaded.value.parent_partner_id
    return tuple(found)


def _touch(place: _Place) -> Write:
    branch = Branch(id=place.partner.id)
    return place.lock.put(branch) if place.lock is not None else create(BRANCHES, branch)


async def _levels(env: Env, partner: Partner, most: int) -> int:
    """The number of levels of a partner and its downline, 1 if nobody buys from it; `most` + 1 stands for any number
    above `most`."""
    levels, sellers = 1, [partner.id]
    while levels <= most:
        below = await distributors_below(env, sellers)
        if not below and not any([await _has_buyers(env, seller) for seller in sellers]):
            break
        levels, sellers = levels + 1, below
    return levels


async def _has_buyers(env: Env, seller: str) -> bool:
    page = await env.store.find(Query(kind=PARTNERS, equals={"parent_partner_id": seller}, limit=1))
    return bool(page.rows)
