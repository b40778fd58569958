"""Computes statements of account from the documents.

A page is read by the indexes of the documents from the entry on with which it begins, so that it costs what it shows.
The balances of the statement and the one before the page are in its token, sealed. They are computed again, from all
entries of the statement, only when the account has changed since the page before.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from libs.call import Command
from libs.errors import AppError, Contended, InvalidInput, Violation
from libs.money import Money, known_currencies
from libs.partner_projection import known_partner
from libs.store.codec import cursor_after, index_value
from libs.store.listing import rows_per_page
from libs.store.port import ROWS_PER_PAGE, Kind, Query
from services.orders.balance.documents import ALLOCATIONS, REFUNDS
from services.orders.balance.domain.statement import (
    ENTRIES_PER_STATEMENT,
    Position,
    Statement,
    StatementEntry,
    TooManyEntries,
    allocation_entries,
    allocation_reversal_entries,
    credit_note_entries,
    invoice_entries,
    payment_entries,
    payment_reversal_entries,
    refund_entries,
    running,
)
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.credit.domain import CreditAccount
from services.orders.credit.reads import account_of
from services.orders.record.domain.violations import early_violations, refuse
from services.orders.settings import Env

_ATTEMPTS = 3
_DAY = timedelta(days=1)
_PADDING = "="


class Source(NamedTuple):
    """A source of entries. day: the field that has their day; amount: the field that has their currency.
    changes_balance: whether its entries do."""

    kind: Kind[Any]
    day: str
    amount: str
    entries: Callable[[Iterable[Any]], Iterator[StatementEntry]]
    changes_balance: bool = True


# In the order of StatementEntryType, so that the place of a source is the rank of its entries.
SOURCES = (
    Source(INVOICES, "issue_date", "payable", invoice_entries),
    Source(CREDIT_NOTES, "issue_date", "payable", credit_note_entries),
    Source(PAYMENTS, "value_date", "amount", payment_entries),
    Source(PAYMENTS, "reverse_date", "amount", payment_reversal_entries),
    Source(REFUNDS, "refund_date", "amount", refund_entries),
    Source(ALLOCATIONS, "allocate_date", "amount", allocation_entries, changes_balance=False),
    Source(ALLOCATIONS, "reverse_date", "amount", allocation_reversal_entries, changes_balance=False),
)


class GetStatement(Command, frozen=True, kw_only=True):
    """Get the statement of a partner in a currency; from_date, to_date None: from the first or to the last document."""

    partner_id: str
    currency: str
    from_date: date | None = None
    to_date: date | None = None
    page_size: int = 0
    page_token: str = ""


class StatementPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a statement, and the token of the next page; empty: none."""

    statement: Statement
    next_page_token: str


class Reached(msgspec.Struct, frozen=True, array_like=True):
    """What a page leaves to the next one, in ten-thousandths of the currency. version: that of the account; opening,
    closing: the balances of the whole statement; balance: the one after the last entry; position: of that entry, None
    before the first page."""

    version: int
    opening: int
    closing: int
    balance: int
    position: Position | None = None


async def get_statement(env: Env, cmd: GetStatement) -> StatementPage:
    """The page of the statement; Contended if the account changes each of three times while its documents are read.
    Every commit that writes one of these documents writes the account too, so an unchanged account proves that the
    entries are complete."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    await known_partner(env, partner_id)
    _refuse_wrong(cmd)
    before = _reached(env, cmd)
    for _ in range(_ATTEMPTS):
        account = (await account_of(env, partner_id, cmd.currency)).value
        known = before if before and before.version == account.version else None
        start = known or await _computed(env, cmd, account, before.position if before else None)
        page = await _page(env, cmd, start)
        if (await account_of(env, partner_id, cmd.currency)).value.version == account.version:
            return page
    raise Contended("the account keeps changing")


async def _page(env: Env, cmd: GetStatement, start: Reached) -> StatementPage:
    most = rows_per_page(cmd.page_size)
    found: list[StatementEntry] = []
    async for entry in _merged(env, cmd, start.position, limit=min(most + 1, ROWS_PER_PAGE)):
        found.append(entry)
        if len(found) > most:
            break
    shown = running(found[:most], Money(start.balance, cmd.currency))
    statement = Statement(
        opening_balance=Money(start.opening, cmd.currency),
        entries=shown,
        closing_balance=Money(start.closing, cmd.currency),
    )
    if len(found) <= most:
        return StatementPage(statement=statement, next_page_token="")
    last = shown[-1]
    left = msgspec.structs.replace(start, balance=last.balance.amount, position=last.position)
    sealed = env.keys.seal(msgspec.msgpack.encode(left), _name(cmd))
    return StatementPage(
        statement=statement, next_page_token=base64.urlsafe_b64encode(sealed).decode().rstrip(_PADDING)
    )


async def _computed(env: Env, cmd: GetStatement, account: CreditAccount, position: Position | None) -> Reached:
    """The balances of the statement, backwards from that of the account, and the one after `position`; TooManyEntries
    if the statement itself has too many."""
    closing = account.balance.amount
    if cmd.to_date is not None and cmd.to_date < date.max:
        async for entry in _moving(env, cmd, cmd.to_date + _DAY, None):
            closing -= entry.amount.amount
    within = upto = count = 0
    if cmd.from_date is not None or position is not None:
        async for entry in _moving(env, cmd, cmd.from_date, cmd.to_date):
            within += entry.amount.amount
            if position is not None and entry.position <= position:
                upto += entry.amount.amount
            count += 1
            if count > ENTRIES_PER_STATEMENT:
                raise TooManyEntries
    opening = 0 if cmd.from_date is None else closing - within
    return Reached(account.version, opening, closing, opening + upto, position)


async def _moving(env: Env, cmd: GetStatement, first: date | None, last: date | None) -> AsyncIterator[StatementEntry]:
    """The entries between two days that change the balance, source by source."""
    for source in SOURCES:
        if source.changes_balance:
            async for entry in _entries(env, cmd, _query(cmd, source, first, last, ROWS_PER_PAGE), source):
                yield entry


async def _merged(env: Env, cmd: GetStatement, after: Position | None, *, limit: int) -> AsyncIterator[StatementEntry]:
    """The entries of the statement that follow a position, in order. limit: how many rows to read at once."""
    readers = [
        aiter(_entries(env, cmd, _following(cmd, rank, after, limit), SOURCES[rank])) for rank in range(len(SOURCES))
    ]
    heads = {rank: entry for rank, reader in enumerate(readers) if (entry := await anext(reader, None)) is not None}
    while heads:
        rank, entry = min(heads.items(), key=lambda head: head[1].position)
        yield entry
        following = await anext(readers[rank], None)
        if following is None:
            del heads[rank]
        else:
            heads[rank] = following


async def _entries(env: Env, cmd: GetStatement, query: Query[Any], source: Source) -> AsyncIterator[StatementEntry]:
    """The entries in the currency of the statement that a query finds, in its order."""
    while True:
        page = await env.store.find(query)
        wanted = (row.value for row in page.rows if getattr(row.value, source.amount).currency == cmd.currency)
        for entry in source.entries(wanted):
            yield entry
        if not page.next_cursor:
            return
        await asyncio.sleep(0)  # let other calls run: a store that answers at once would never yield
        query = msgspec.structs.replace(query, cursor=page.next_cursor)


def _following(cmd: GetStatement, rank: int, after: Position | None, limit: int) -> Query[Any]:
    """The query for the documents of a source whose entries follow a position."""
    source = SOURCES[rank]
    if after is None or rank == after.rank:
        query = _query(cmd, source, cmd.from_date, cmd.to_date, limit)
        cursor = cursor_after(query, index_value(after.date), after.id) if after else ""
        return msgspec.structs.replace(query, cursor=cursor)
    first = after.date if rank > after.rank else after.date + _DAY
    return _query(cmd, source, first, cmd.to_date, limit)


def _query(cmd: GetStatement, source: Source, first: date | None, last: date | None, limit: int) -> Query[Any]:
    return Query(
        kind=source.kind,
        equals={"partner_id": cmd.partner_id},
        order=source.day,
        at_least=first or date.min,
        below=last + _DAY if last is not None and last < date.max else None,
        limit=limit,
    )


def _refuse_wrong(cmd: GetStatement) -> None:
    """InvalidInput for an unknown currency, and for a last day before the first."""
    known = cmd.currency in known_currencies()
    unknown = () if known else (Violation("currency", f"{cmd.currency!r} is not an ISO 4217 code", "UNKNOWN_CURRENCY"),)
    backwards = early_violations("to_date", cmd.to_date, cmd.from_date) if cmd.to_date and cmd.from_date else ()
    refuse(*unknown, *backwards)


def _reached(env: Env, cmd: GetStatement) -> Reached | None:
    """What the page before has left, None for the first page; InvalidInput for a token of another statement."""
    if not cmd.page_token:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cmd.page_token + _PADDING * (-len(cmd.page_token) % 4))
        return msgspec.msgpack.decode(env.keys.unseal(sealed, _name(cmd)), type=Reached)
    except (ValueError, AppError, msgspec.MsgspecError) as err:
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")]) from err


def _name(cmd: GetStatement) -> str:
    """What the token of a statement is sealed for."""
    return f"statement {cmd.partner_id} {cmd.currency} {cmd.from_date} {cmd.to_date}"
