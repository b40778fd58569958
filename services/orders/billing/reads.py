"""Loads and writes of invoices that higher slices may use."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from libs.call import Call
from libs.env import About
from libs.money import Money, total
from libs.store.port import Loaded, Write, create
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice, count_settlement, paid_event, reopened_event
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import open_credit
from services.orders.credit.reads import account_lock, account_of, shifted
from services.orders.ordering.reads import completion
from services.orders.record.documents import ORDERS
from services.orders.settings import Env


@asynccontextmanager
async def locked_invoice(env: Env, id: str, *, call: Call, etag: str = "") -> AsyncIterator[Loaded[Invoice]]:
    """The invoice, loaded under the lock of its account: no other call of this process changes the account until the
    block ends."""
    seen = await env.load(INVOICES, id, call=call)
    async with account_lock(env, seen.value.partner_id, seen.value.currency):
        yield await env.load(INVOICES, id, call=call, etag=etag)


class Change(NamedTuple):
    """An invoice as it was loaded (`held`), and its new value (`after`)."""

    held: Loaded[Invoice]
    after: Invoice


class Settlement(NamedTuple):
    """Writes and events to add to a commit that settles or reopens invoices."""

    writes: tuple[Write, ...]
    events: tuple[msgspec.Struct | About, ...]


async def settlement(env: Env, partner_id: str, changes: Sequence[Change], *, owed: Money, call: Call) -> Settlement:
    """The writes and events of these changed invoices of one partner and currency, of their orders, and of the account;
    `owed` is the change of what we owe the partner."""
    moved = [held.value.order_id for held, after in changes if held.value.open != after.open]
    held_orders = await env.load_many(ORDERS, tuple(dict.fromkeys(moved)), call=call)
    orders = {one.value.id: one.value for one in held_orders}
    writes: list[Write] = []
    events: list[About] = []
    for held, after in changes:
        before, put = held.value, held.put(after)
        writes.append(put)
        if before.open != after.open:
            orders[before.order_id] = count_settlement(orders[before.order_id], before, after, now=env.clock.now())
        told = (*paid_event(before, after), *reopened_event(before, after))
        events += [About(event, put.document) for event in told]
    for loaded in held_orders:
        order_put = loaded.put(orders[loaded.value.id])
        writes.append(order_put)
        events += completion(loaded.value, order_put.document)
    unpaid = total([after.open - held.value.open for held, after in changes], owed.currency)
    if unpaid.amount or owed.amount:
        account = await account_of(env, partner_id, owed.currency)
        writes.append(shifted(env, account, invoices=unpaid, credits=owed))
    return Settlement(tuple(writes), tuple(events))


def credit_writes(env: Env, note: CreditNote, owed: Money) -> Settlement:
    """The write and event of the partner credit that a credit note opens with the amount `owed`; empty if that is
    zero."""
    if not owed.amount:
        return Settlement((), ())
    credit, event = open_credit(
        partner_id=note.partner_id,
        amount=owed,
        date=note.issue_date,
        credit_note_id=note.id,
        order_id=note.order_id,
        number=note.number,
        now=env.clock.now(),
    )
    put = create(PARTNER_CREDITS, credit)
    return Settlement((put,), (About(event, put.document),))
