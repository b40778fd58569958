"""A lock within a process for the rows that several claims write: the account of a partner, the slots of a customer.

Between processes the version checks of these rows decide. Within a process calls wait for the lock, so that none of
them fails the version check again and again (libs.store.keyed_locks).
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from libs.call import Call
from libs.store.port import Loaded
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import MAY_SUBMIT
from services.deals.conflicts.domain.keys import keys_of
from services.deals.settings import Env


@asynccontextmanager
async def claim_lock(env: Env, id: str, *, call: Call, etag: str = "") -> AsyncIterator[Loaded[Registration]]:
    """Hold the locks on the claim's partner and keys while the block runs; the claim, loaded after they were taken."""
    seen = (await env.load(REGISTRATIONS, id, call=call)).value
    keys = {*seen.keys, *keys_of(seen.customer, env.keys.keyed)} if seen.review in MAY_SUBMIT else seen.keys
    async with lock(env, seen.partner_id, keys):
        yield await env.load(REGISTRATIONS, id, call=call, etag=etag)


@asynccontextmanager
async def lock(env: Env, partner_id: str, keys: Iterable[str]) -> AsyncIterator[None]:
    """Hold the locks on the partner's account and the slots of these keys while the block runs. All calls take them in
    sorted order, which excludes deadlocks."""
    async with AsyncExitStack() as stack:
        for name in sorted({partner_id, *keys}):
            await stack.enter_async_context(env.settings.locks.of(name))
        yield
