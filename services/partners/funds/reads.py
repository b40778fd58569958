"""Loads and writes of funds that the use cases of this slice share."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from libs.call import ResourceCommand
from libs.env import About
from libs.store.port import Loaded, Put, Write, create
from services.partners.funds.documents import FUND_ENTRIES, FUNDING_REQUESTS, FUNDS
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.ledger import Posting, booked, post
from services.partners.funds.domain.request import FundingRequest
from services.partners.settings import Env


class Posted(NamedTuple):
    """The writes and events of entries; `fund` is None if nothing was booked."""

    fund: Put[Fund] | None
    entries: tuple[Write, ...]
    events: tuple[About, ...]

    @property
    def writes(self) -> tuple[Write, ...]:
        """All writes, that of the fund first."""
        return self.entries if self.fund is None else (self.fund, *self.entries)


@asynccontextmanager
async def fund_lock(env: Env, fund_id: str) -> AsyncIterator[None]:
    """Until the block ends, no other call of this process books in the fund's ledger. No fund: no lock."""
    async with env.settings.locks.of(f"fund:{fund_id}" if fund_id else ""):
        yield


@asynccontextmanager
async def locked_request(env: Env, cmd: ResourceCommand) -> AsyncIterator[tuple[Loaded[FundingRequest], Loaded[Fund]]]:
    """A request and its fund, loaded under the lock of the fund."""
    seen = await env.load(FUNDING_REQUESTS, cmd.id, call=cmd.call)
    async with fund_lock(env, seen.value.fund_id):
        held = await env.load(FUNDING_REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
        yield held, await env.load(FUNDS, held.value.fund_id, call=cmd.call)


def posted(env: Env, fund: Loaded[Fund], postings: Sequence[Posting], *, after: Fund | None = None) -> Posted:
    """The writes and events that book these postings in the ledger of a fund that was loaded under its lock. after: the
    fund with the other changes of the same commit; None for no other. FundExhausted."""
    changed, entries = post(after or fund.value, postings, new_id=lambda: env.ids.new("fle"), now=env.clock.now())
    puts = [create(FUND_ENTRIES, one) for one in entries]
    return Posted(
        None if changed is fund.value else fund.put(changed),
        tuple(puts),
        tuple(About(booked(put.document), put.document) for put in puts),
    )
