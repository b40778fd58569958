"""Loading and moving a partner's credit account as part of another commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from libs.call import Call
from libs.money import Money
from libs.store.port import Held, Kind, Put
from services.orders.documents import ACCOUNTS
from services.orders.domain.credit import CreditAccount, account_id, new_account, shift, with_room
from services.orders.domain.invoice import Invoice
from services.orders.domain.order import Order
from services.orders.usecases.settings import Env

D = TypeVar("D", Order, Invoice)


@asynccontextmanager
async def account_turn(env: Env, kind: Kind[D], id: str, *, call: Call, etag: str = "") -> AsyncIterator[Held[D]]:
    """The order or invoice, loaded when nobody else of this process is about to move the account that it counts for."""
    seen = await env.load(kind, id, call=call)
    async with env.settings.turns.of(account_id(seen.value.partner_id, seen.value.currency)):
        yield await env.load(kind, id, call=call, etag=etag)


async def account_of(env: Env, partner_id: str, currency: str) -> CreditAccount:
    """The account as it is now; a fresh one (version 0) if there is none yet."""
    held = await env.store.get(ACCOUNTS, account_id(partner_id, currency))
    return held.value if held else new_account(partner_id, currency)


def account_put(account: CreditAccount, changed: CreditAccount) -> Put[CreditAccount]:
    """The write that replaces an account as `account_of` returned it."""
    return Held(ACCOUNTS, account).put(changed)


def shifted(
    env: Env, account: CreditAccount, *, orders: Money | None = None, invoices: Money | None = None
) -> Put[CreditAccount]:
    """The write that moves the sums of an account; where that makes room, its held orders are due to be looked at."""
    moved = shift(account, orders=orders, invoices=invoices)
    return account_put(account, with_room(account, moved, now=env.clock.now()))
