"""Closes funds, and leaves nothing on a closed one: what is available expires, a deficit is carried over."""

from libs.call import ResourceCommand
from libs.store.port import Loaded
from services.partners.funds.documents import FUNDS
from services.partners.funds.domain.fund import Fund, close
from services.partners.funds.domain.settlement import carried, own_settlement
from services.partners.funds.reads import fund_lock, posted
from services.partners.settings import Env


class CloseFund(ResourceCommand, frozen=True, kw_only=True):
    """Close a fund after the days for claims."""


class SettleFund(ResourceCommand, frozen=True, kw_only=True):
    """Leave nothing on a closed fund."""


async def close_fund(env: Env, cmd: CloseFund) -> Fund:
    """The fund, CLOSED, with what was available expired; unchanged while claims are taken."""
    async with fund_lock(env, cmd.id):
        loaded = await env.load(FUNDS, cmd.id, call=cmd.call)
        closed = close(loaded.value, now=env.clock.now())
        if closed is None:
            return loaded.value
        fund, told = closed
        ledger = posted(env, loaded, own_settlement(fund), after=fund)
        put = ledger.fund or loaded.put(fund)
        return await env.commit(put, *ledger.entries, events=[told, *ledger.events], call=cmd.call)


async def settle_fund(env: Env, cmd: SettleFund) -> Fund:
    """The closed fund with nothing on it, as far as something is to be done; the deficit that is left is booked in the
    next fund."""
    async with fund_lock(env, cmd.id):
        loaded = await env.load(FUNDS, cmd.id, call=cmd.call)
        if not loaded.value.unsettled:
            return loaded.value
        if postings := own_settlement(loaded.value):
            ledger = posted(env, loaded, postings)
            assert ledger.fund is not None
            return await env.commit(ledger.fund, *ledger.entries, events=ledger.events, call=cmd.call)
        async with fund_lock(env, loaded.value.next_fund_id):
            return await _carry(env, loaded, cmd)


async def _carry(env: Env, loaded: Loaded[Fund], cmd: SettleFund) -> Fund:
    following = await env.load(FUNDS, loaded.value.next_fund_id, call=cmd.call)
    here, there = carried(loaded.value, following.value)
    left, borne = posted(env, loaded, [here]), posted(env, following, [there])
    assert left.fund is not None
    return await env.commit(
        left.fund, *left.entries, *borne.writes, events=[*left.events, *borne.events], call=cmd.call
    )
