"""Puts claims, orders and tickets into the history of their customer, and makes the records of customers."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command
from libs.store.port import ROWS_PER_PAGE, Put, Query, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.customers.documents import CUSTOMER_WALKS, ENTRIES
from services.deals.customers.domain.customers import identity
from services.deals.customers.domain.entries import (
    MOVED_AT_ONCE,
    CustomerEntry,
    News,
    TooManyDocuments,
    claimed,
    heard,
)
from services.deals.customers.domain.walks import CustomerWalk
from services.deals.customers.reads import Book, tree, with_last_win
from services.deals.customers.usecases.wins import WinEvents, about, tell
from services.deals.settings import Env

_WALK = "claims"


class FileClaim(Command, frozen=True, kw_only=True):
    """Put a claim into the history of its customer."""

    registration_id: str


class FileDocument(Command, frozen=True, kw_only=True):
    """Store what an event said of an order or a ticket."""

    news: News


class Filed(msgspec.Struct, frozen=True):
    """How many documents were written or looked at."""

    count: int = 0


async def file_claim(env: Env, cmd: FileClaim) -> Filed:
    """Put the claim as it is now under the customer that it names, with its orders and tickets. A draft that was never
    submitted is not filed; one that was recalled stays where it was, with the partner that has it now. Calls of this
    process about one customer wait for each other; between processes the versions decide."""
    loaded = await get(env.store, REGISTRATIONS, cmd.registration_id)
    if loaded is None:
        return Filed()
    reg, is_draft = loaded.value, loaded.value.review is Review.DRAFT
    filed = await get(env.store, ENTRIES, reg.id)
    if is_draft and (filed is None or not filed.value.customer_id):
        return Filed()
    customer = filed.value.customer_id if filed and is_draft else _customer_of(env, reg)
    async with env.settings.locks.of(customer):
        book = Book(env)
        before = await book.entry(reg.id)
        converted = env.day_of(reg.close_time) if reg.close_time else None
        after = replace(before, partner_id=reg.partner_id) if is_draft else claimed(before, reg, converted=converted)
        await _move(book, after, customer)
        now, touched = env.clock.now(), {customer, before.customer_id} - {""}
        for one in sorted(touched):
            for partner in sorted({"", before.partner_id, reg.partner_id}):
                await book.describe(one, partner, now)
        return await _commit(env, book, reg.id, touched, cmd.call)


async def file_document(env: Env, cmd: FileDocument) -> Filed:
    """Store what is known of the document, and put it under the customer of the document that it names. One that names
    nothing yet, or a document that is not under a customer yet, waits."""
    news = cmd.news
    hanging = await get(env.store, ENTRIES, news.parent_id or news.document_id)
    async with env.settings.locks.of((hanging and hanging.value.customer_id) or news.parent_id or news.document_id):
        book = Book(env)
        before = await book.entry(news.document_id)
        entry = heard(before, news)
        customer = before.customer_id
        if not customer and entry.parent_id:
            parent = await book.entry(entry.parent_id)
            book.keep(parent)
            customer = parent.customer_id if parent.partner_id == entry.partner_id else ""
        await _move(book, entry, customer)
        return await _commit(env, book, entry.id, {customer} - {""}, cmd.call)


async def walk_claims(env: Env, call: Call) -> int:
    """File the next page of claims that are older than this capability; how many were looked at, 0 once all were. A
    claim on which too many documents hang is left out."""
    held = await get(env.store, CUSTOMER_WALKS, _WALK)
    walk = held.value if held else CustomerWalk(id=_WALK)
    if walk.ended:
        return 0
    page = await env.store.find(Query(kind=REGISTRATIONS, limit=ROWS_PER_PAGE, cursor=walk.cursor))
    filed = await env.store.get_many(ENTRIES, [loaded.value.id for loaded in page.rows])
    for loaded in page.rows:
        known = filed.get(loaded.value.id)
        if known is None or not known.value.customer_id:
            with suppress(TooManyDocuments):
                await env.run(file_claim, FileClaim(call=call, registration_id=loaded.value.id))
    after = replace(walk, cursor=page.next_cursor, ended=not page.next_cursor)
    await env.store.commit([held.put(after) if held else create(CUSTOMER_WALKS, after)])
    return len(page.rows)


def _customer_of(env: Env, reg: Registration) -> str:
    """The id of the vendor's record of the customer that a claim names."""
    return env.ids.derived("cus", env.keys.keyed(f"customer {identity(reg, env.keys.keyed)}"))


async def _move(book: Book, entry: CustomerEntry, customer_id: str) -> None:
    """Put an entry under a customer, and everything that hangs on it. TooManyDocuments."""
    ahead = [replace(entry, customer_id=customer_id)]
    moved = (await book.entry(entry.id)).customer_id != customer_id
    while ahead:
        one = ahead.pop()
        book.keep(one)
        if len(book.changed) > MOVED_AT_ONCE:
            raise TooManyDocuments(entry.id)
        if moved:
            below = await book.children(one.id)
            ahead += [replace(child, customer_id=customer_id) for child in below if child.partner_id == one.partner_id]


async def _commit(env: Env, book: Book, first: str, customers: Iterable[str], call: Call) -> Filed:
    """Write the book, unless nothing in it is new, with the events about who brought the customers."""
    if await book.changes_nothing():
        return Filed()
    told: WinEvents = {}
    done: set[str] = set()
    for one in sorted(customers):
        row = await book.customer(one)
        root = await book.root(row) if row else None
        if root is None:
            told |= await tell(book, one, (one,))
        elif root.id not in done:
            done.add(root.id)
            members = await tree(env, root.id)
            told |= await tell(book, root.id, members)
            book.keep_customer(await with_last_win(book, root, members))
    put, *more = book.writes(first)
    assert isinstance(put, Put), f"{first} is written"
    await env.commit(put, *more, events=about(told, (put, *more)), call=call)
    return Filed(len(book.changed))
