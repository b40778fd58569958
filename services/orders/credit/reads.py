"""Loads and writes of credit accounts that other slices use in their commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.call import Call
from libs.money import Money
from libs.store.port import Loaded, Put, VersionConflict, get
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import AccountChanged, CreditAccount, account_id, new_account, shift, with_room
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.settings import Env


@asynccontextmanager
async def account_lock(env: Env, partner_id: str, currency: str) -> AsyncIterator[None]:
    """Until the block ends, no other call of this process changes the account."""
    async with env.settings.locks.of(account_id(partner_id, currency)):
        yield


@asynccontextmanager
async def locked_order(env: Env, id: str, *, call: Call, etag: str = "") -> AsyncIterator[Loaded[Order]]:
    """The order, loaded under the lock of its account: no other call of this process changes the account until the
    block ends."""
    seen = await env.load(ORDERS, id, call=call)
    async with account_lock(env, seen.value.partner_id, seen.value.currency):
        yield await env.load(ORDERS, id, call=call, etag=etag)


async def account_of(env: Env, partner_id: str, currency: str) -> Loaded[CreditAccount]:
    """The account as it is now; a new one (version 0) if none is stored."""
    held = await get(env.store, ACCOUNTS, account_id(partner_id, currency))
    return held or Loaded(ACCOUNTS, new_account(partner_id, currency))


def shifted(
    env: Env,
    account: Loaded[CreditAccount],
    *,
    orders: Money | None = None,
    invoices: Money | None = None,
    credits: Money | None = None,
) -> Put[CreditAccount]:
    """The write that adds these amounts to the sums of an account; if more credit is available then, a review of its
    held orders is due. VersionConflict, after which the command runs again, if another replica has changed the account
    since the documents were read."""
    try:
        moved = shift(account.value, orders=orders, invoices=invoices, credits=credits)
    except AccountChanged as err:
        raise VersionConflict(ACCOUNTS.name, account.value.id) from err
    return account.put(with_room(account.value, moved, now=env.clock.now()))
