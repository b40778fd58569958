"""Loaders and writes of invoices that higher slices may use."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from libs.call import Call
from libs.env import About
from libs.store.port import Loaded, Write
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.invoice import Invoice, count_settlement, paid_event
from services.orders.credit.reads import account_lock, account_of, shifted
from services.orders.ordering.reads import completion
from services.orders.record.documents import ORDERS
from services.orders.settings import Env


@asynccontextmanager
async def locked_invoice(env: Env, id: str, *, call: Call, etag: str = "") -> AsyncIterator[Loaded[Invoice]]:
    """The invoice, loaded when no other call of this process is about to change the account that it counts for."""
    seen = await env.load(INVOICES, id, call=call)
    async with account_lock(env, seen.value.partner_id, seen.value.currency):
        yield await env.load(INVOICES, id, call=call, etag=etag)


class Settlement(NamedTuple):
    """The other writes and events of a payment or credit note."""

    writes: tuple[Write, ...]
    events: tuple[msgspec.Struct | About, ...]


async def settlement(env: Env, held: Loaded[Invoice], after: Invoice, *, call: Call) -> Settlement:
    """What else changes when an invoice becomes `after`; a credit of what was paid already opens and frees nothing."""
    before = held.value
    invoice_put = held.put(after)
    if before.open == after.open:
        return Settlement((invoice_put,), ())
    order_held = await env.load(ORDERS, before.order_id, call=call)
    order_put = order_held.put(count_settlement(order_held.value, before, after, now=env.clock.now()))
    account = await account_of(env, before.partner_id, before.currency)
    freed = shifted(env, account, invoices=after.open - before.open)
    events = tuple(About(event, invoice_put.document) for event in paid_event(before, after))
    return Settlement((invoice_put, order_put, freed), (*events, *completion(order_held.value, order_put.document)))
