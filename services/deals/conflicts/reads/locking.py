"""The lock, within a process, for what several claims write: the account of a partner, the slots of a customer.

Between processes the versions of these rows decide; calls of one process wait here, so that none of them loses to the
others again and again (libs.store.keyed_locks).
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
    """The claim, loaded once the lock on its partner and its keys is held."""
    seen = (await env.load(REGISTRATIONS, id, call=call)).value
    keys = {*seen.keys, *keys_of(seen.customer)} if seen.review in MAY_SUBMIT else seen.keys
    async with lock(env, seen.partner_id, keys):
        yield await env.load(REGISTRATIONS, id, call=call, etag=etag)


@asynccontextmanager
async def lock(env: Env, partner_id: str, keys: Iterable[str]) -> AsyncIterator[None]:
    """Hold the lock for writing the partner's account and the slots of these keys. Locks are taken in one order, so
    that two calls which want the same never wait for each other."""
    async with AsyncExitStack() as stack:
        for name in sorted({partner_id, *keys}):
            await stack.enter_async_context(env.settings.locks.of(name))
        yield
