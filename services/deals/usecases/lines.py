"""Standing in line, within a process, for what several claims write: a partner's account, the slots of a customer.

Between processes the versions of these rows decide; here nobody should lose to them again and again (libs.store.turns).
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from libs.call import Call
from libs.store.port import Held
from services.deals.documents import REGISTRATIONS
from services.deals.domain.registration import Registration
from services.deals.domain.states import MAY_SUBMIT
from services.deals.usecases.matching import keys_of
from services.deals.usecases.settings import Env


@asynccontextmanager
async def claim_line(env: Env, id: str, *, call: Call, etag: str = "") -> AsyncIterator[Held[Registration]]:
    """The claim, loaded when it is its turn."""
    seen = (await env.load(REGISTRATIONS, id, call=call)).value
    keys = {*seen.keys, *keys_of(seen.customer)} if seen.review in MAY_SUBMIT else seen.keys
    async with line(env, seen.partner_id, keys):
        yield await env.load(REGISTRATIONS, id, call=call, etag=etag)


@asynccontextmanager
async def line(env: Env, partner_id: str, keys: Iterable[str]) -> AsyncIterator[None]:
    """The turn of somebody who writes the partner's account and the slots of these keys; always taken in one order, so
    that two who want the same never wait for each other."""
    async with AsyncExitStack() as stack:
        for name in sorted({partner_id, *keys}):
            await stack.enter_async_context(env.settings.turns.of(name))
        yield
