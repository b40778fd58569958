"""Finds the leads that are due, and commits one that has moved, with the account of its partner and its place in the
pool."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec

from libs.call import Call
from libs.env import About
from libs.errors import EtagMismatch
from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, Write, create, get
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS, POOL
from services.deals.leads.domain.accounts import LeadAccount, entered
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import OPEN, LeadState
from services.deals.leads.domain.viewing import etag_of
from services.deals.leads.reads.comparing import leaving_writes
from services.deals.settings import Env

_INSTANT = timedelta(microseconds=1)  # the resolution of a clock


def due(env: Env, state: LeadState) -> Query[Lead]:
    """The leads in a state whose instant has come."""
    return Query(
        kind=LEADS,
        equals={"state": state},
        order="due_time",
        below=env.clock.now() + _INSTANT,
        limit=ROWS_PER_PAGE,
    )


@asynccontextmanager
async def lead_lock(env: Env, id: str, *, call: Call, etag: str = "") -> AsyncIterator[Loaded[Lead]]:
    """Hold the lock on the account of the lead's partner while the block runs; the lead, loaded after it was taken.
    Between processes the versions of both decide."""
    seen = (await env.load(LEADS, id, call=call)).value
    async with env.settings.locks.of(f"leads {seen.partner_id}" if seen.partner_id else ""):
        loaded = await env.load(LEADS, id, call=call)
        if etag and etag != (now := etag_of(loaded.value, call.caller.partner_id)):
            raise EtagMismatch(LEADS.name, id, now)
        yield loaded


async def account_write(env: Env, partner_id: str, *, opened: int = 0, **counts: int) -> tuple[Write, ...]:
    """The write that changes the account of a partner; none without a partner."""
    if not partner_id:
        return ()
    held = await get(env.store, LEAD_ACCOUNTS, partner_id)
    before = held.value if held else LeadAccount(id=partner_id)
    after = entered(before, env.today(), opened=opened, **counts)
    return (put_account(held, after),)


def put_account(held: Loaded[LeadAccount] | None, account: LeadAccount) -> Put[LeadAccount]:
    """The write of an account that was read, or of a new one."""
    return held.put(account) if held else create(LEAD_ACCOUNTS, account)


async def commit_move(
    env: Env, loaded: Loaded[Lead], lead: Lead, events: Sequence[msgspec.Struct | About], *more: Write, call: Call
) -> Lead:
    """Commit the lead as it is now; one that ends leaves its slots, and one that leaves the pool its entry there."""
    before = loaded.value
    ended = await leaving_writes(env, before) if before.state in OPEN and lead.state not in OPEN else ()
    return await env.commit(
        loaded.put(lead), *ended, *await pool_writes(env, before, lead), *more, events=events, call=call
    )


async def pool_writes(env: Env, before: Lead, after: Lead) -> tuple[Write, ...]:
    """The write that removes the entry of a lead that has left the pool."""
    if before.state is after.state:
        return ()
    entry = await get(env.store, POOL, before.id)
    return (entry.delete(),) if entry else ()


def reply_seconds(env: Env, lead: Lead) -> int:
    """How long the partner took to answer an offer."""
    return int((env.clock.now() - lead.offer_time).total_seconds()) if lead.offer_time else 0
