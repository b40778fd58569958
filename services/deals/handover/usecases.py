"""Finds the open registrations of a partner, and hands one over."""

from collections.abc import Mapping, Sequence

from libs.handover import Leaving, MoveRow
from libs.handover_row import HandoverStay
from libs.partner_projection import PARTNERS, exclusive_grants
from libs.store.port import Scalar, Write, get, get_all
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.conflicts.domain.accounts import one_less
from services.deals.conflicts.reads.accounts import opening_write
from services.deals.conflicts.reads.locking import lock
from services.deals.conflicts.reads.slots import moved_writes
from services.deals.handover import domain
from services.deals.settings import Env


def found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """The open registrations of a partner; of a person there are none."""
    if not leaving.partner_id:
        return ()
    states = sorted(domain.OPEN, key=lambda one: one.name)
    return [{"partner_id": leaving.partner_id, "review": one} for one in states]


async def stays(env: Env, reg: Registration, leaving: Leaving) -> HandoverStay | None:
    """Why a registration stays; None if it moves. StoreUnavailable."""
    target = await get(env.store, PARTNERS, leaving.target_partner_id)
    on = env.today()
    grants = await exclusive_grants(env.store, reg.customer.country, reg.product_lines, on=on)
    return domain.stay_of(reg, target.value if target else None, grants, on=on)


async def hand_over_registration(env: Env, cmd: MoveRow) -> Registration:
    """The registration with its new partner, which holds it beyond the number of claims that its tier allows; unchanged
    if it is not the leaver's any more, not open, or stays."""
    leaving = cmd.leaving
    seen = (await env.load(REGISTRATIONS, cmd.id, call=cmd.call)).value
    async with lock(env, leaving.partner_id, {leaving.target_partner_id, *seen.keys}):
        loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
        reg = loaded.value
        if reg.partner_id != leaving.partner_id or reg.review not in domain.OPEN:
            return reg
        if await stays(env, reg, leaving) is not None:
            return reg
        moved, event = domain.hand_over(
            reg, leaving.target_partner_id, handover_id=leaving.handover_id, now=env.clock.now()
        )
        writes = await _claim_writes(env, reg, moved)
        return await env.commit(loaded.put(moved), *writes, cmd.receipt, events=[event], call=cmd.call)


async def _claim_writes(env: Env, before: Registration, after: Registration) -> tuple[Write, ...]:
    """The writes that move a claim in its slots, and from one partner's account to the other's; none for a draft."""
    if before.review not in CLAIMING:
        return ()
    accounts = await get_all(env.store, ACCOUNTS, (before.partner_id, after.partner_id))
    held, target = accounts.get(before.partner_id), accounts.get(after.partner_id)
    less = (held.put(one_less(held.value)),) if held else ()
    return (*await moved_writes(env, after), *less, opening_write(target, after.partner_id))
