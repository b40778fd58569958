"""Loads and writes of credits and allocations that the use cases of this slice share."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from libs.call import Call
from libs.env import About
from libs.money import Money
from libs.store.port import ROWS_PER_PAGE, D, Kind, Loaded, Put, Query, Write, create, get_all
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import Allocation, Share, allocated, new_allocation, used
from services.orders.balance.domain.reversal import Reclaim, reclaimed
from services.orders.balance.events import AllocationReversed, CreditAllocated, CreditReduced
from services.orders.billing.documents import CREDIT_NOTES, INVOICES
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.reads import Change, settlement
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import PartnerCredit, credit_id
from services.orders.settings import Env

CREDITS_PER_CALL = 100  # reclaimed by one commit: a write and an event each
_EVER = date.min  # excludes settled documents, whose day is None


class Allocated(NamedTuple):
    """The writes and events of an allocation; `credits` has the changed credits, in the order given."""

    credits: tuple[Put[PartnerCredit], ...]
    writes: tuple[Write, ...]
    events: tuple[msgspec.Struct | About, ...]


async def allocate(
    env: Env,
    partner_id: str,
    shares: Sequence[Share],
    *,
    credits: Sequence[Loaded[PartnerCredit]],
    invoices: Sequence[Loaded[Invoice]],
    opened: Money,
    call: Call,
) -> Allocated:
    """The writes and events that allocate `shares`. credits, invoices: of one partner and currency, loaded under the
    lock of its account. opened: by how much the same commit increases what we owe the partner. MoreThanCredit,
    MoreThanOpen."""
    now, today = env.clock.now(), env.today()
    sources = {one.value.id: one.value for one in credits}
    targets = {one.value.id: one.value for one in invoices}
    made: list[Allocation] = []
    owed = opened
    for share in shares:
        sources[share.credit_id] = used(sources[share.credit_id], allocated=share.amount, now=now)
        targets[share.invoice_id] = allocated(targets[share.invoice_id], share.amount, now=now)
        one = new_allocation(share, targets[share.invoice_id], id=env.ids.new("alc"), today=today, now=now)
        made.append(one)
        owed -= share.amount
    changes = [Change(one, targets[one.value.id]) for one in invoices if targets[one.value.id] is not one.value]
    rest = await settlement(env, partner_id, changes, owed=owed, call=call)
    spent = [one for one in credits if sources[one.value.id] is not one.value]
    puts = {one.value.id: one.put(sources[one.value.id]) for one in spent}
    told = (About(_credit_allocated(one), puts[one.credit_id].document) for one in made)
    return Allocated(
        tuple(puts.values()), (*(create(ALLOCATIONS, one) for one in made), *rest.writes), (*told, *rest.events)
    )


class Reclaimed(NamedTuple):
    """Changed invoices, and the writes and events of the credits that count for them again. owed: the change of what we
    owe the partner."""

    changes: tuple[Change, ...]
    writes: tuple[Put[PartnerCredit], ...]
    events: tuple[About, ...]
    owed: Money


async def reclaim(env: Env, changes: Sequence[Change], *, currency: str, spare: str = "") -> Reclaimed:
    """Count what credit notes released to the account for their invoices again, after these `changes` opened the
    invoices: of the last 200 credit notes of each, the newest first, as far as their credits are open. At most 100
    credits. spare: the id of a credit that stays as it is."""
    made: list[Change] = []
    puts: list[Put[PartnerCredit]] = []
    events: list[About] = []
    owed = Money.zero(currency)
    for held, after in changes:
        for credit in await _released(env, after, spare=spare):
            part = reclaimed(after, credit.value, now=env.clock.now())
            if part is None or len(puts) == CREDITS_PER_CALL:
                continue
            after, owed = part.invoice, owed - part.amount
            puts.append(credit.put(part.credit))
            events.append(About(_credit_reduced(part), puts[-1].document))
        made.append(Change(held, after))
    return Reclaimed(tuple(made), tuple(puts), tuple(events), owed)


async def _released(env: Env, invoice: Invoice, *, spare: str) -> Sequence[Loaded[PartnerCredit]]:
    """The credits of the last 200 credit notes of an open invoice that has released something, the newest first."""
    if invoice.released is None or not invoice.open.amount:
        return ()
    query = Query(kind=CREDIT_NOTES, equals={"invoice_id": invoice.id}, descending=True, limit=ROWS_PER_PAGE)
    ids = [credit_id(note.value.id) for note in (await env.store.find(query)).rows]
    found = await get_all(env.store, PARTNER_CREDITS, ids)
    return [found[one] for one in ids if one in found and one != spare]


async def open_of(
    env: Env, kind: Kind[D], day: str, *, partner_id: str, most: int, wanted: Callable[[D], bool]
) -> tuple[Loaded[D], ...]:
    """At most `most` open documents of a partner that are `wanted`, in the order of the field `day`, which is None on
    settled ones."""
    found: list[Loaded[D]] = []
    query = Query(kind=kind, equals={"partner_id": partner_id}, order=day, at_least=_EVER, limit=ROWS_PER_PAGE)
    while True:
        page = await env.store.find(query)
        found += [one for one in page.rows if wanted(one.value)]
        if not page.next_cursor or len(found) >= most:
            return tuple(found[:most])
        query = msgspec.structs.replace(query, cursor=page.next_cursor)


async def oldest_invoices(env: Env, partner_id: str, currency: str, *, most: int) -> tuple[Loaded[Invoice], ...]:
    """At most `most` open invoices, in the order of their due dates."""
    return await open_of(
        env, INVOICES, "open_due", partner_id=partner_id, most=most, wanted=lambda one: one.currency == currency
    )


async def oldest_credits(
    env: Env, partner_id: str, currency: str, *, most: int, by_policy: bool = False
) -> tuple[Loaded[PartnerCredit], ...]:
    """At most `most` open credits, the oldest first; by_policy: without those that a person holds back."""
    return await open_of(
        env,
        PARTNER_CREDITS,
        "open_date",
        partner_id=partner_id,
        most=most,
        wanted=lambda one: one.currency == currency and not (by_policy and one.held_back),
    )


def allocation_reversed(one: Allocation) -> AllocationReversed:
    """The event of a reversed allocation."""
    return AllocationReversed(
        allocation_id=one.id,
        credit_id=one.credit_id,
        invoice_id=one.invoice_id,
        order_id=one.order_id,
        partner_id=one.partner_id,
        amount=one.amount,
    )


def _credit_reduced(part: Reclaim) -> CreditReduced:
    return CreditReduced(
        credit_id=part.credit.id,
        invoice_id=part.invoice.id,
        order_id=part.invoice.order_id,
        partner_id=part.invoice.partner_id,
        amount=part.amount,
    )


def _credit_allocated(one: Allocation) -> CreditAllocated:
    return CreditAllocated(
        allocation_id=one.id,
        credit_id=one.credit_id,
        invoice_id=one.invoice_id,
        order_id=one.order_id,
        partner_id=one.partner_id,
        amount=one.amount,
    )
