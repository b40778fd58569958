"""Computes statements of account from the documents, backwards from the current balance of the account."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec

from libs.call import Command
from libs.errors import Contended, InvalidInput, Violation
from libs.money import known_currencies
from libs.partner_projection import require_known
from libs.store.listing import rows_per_page
from libs.store.port import ROWS_PER_PAGE, Kind, Query
from services.orders.balance.documents import ALLOCATIONS, REFUNDS
from services.orders.balance.domain.statement import (
    DOCUMENTS_PER_STATEMENT,
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
    statement,
)
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.credit.reads import account_of
from services.orders.record.domain.violations import early_violations, refuse
from services.orders.settings import Env

_ATTEMPTS = 3


class Source(NamedTuple):
    """A source of entries. day: the field that has their day; amount: the field that has their currency."""

    kind: Kind[Any]
    day: str
    amount: str
    entries: Callable[[Iterable[Any]], Iterator[StatementEntry]]


SOURCES = (
    Source(INVOICES, "issue_date", "payable", invoice_entries),
    Source(CREDIT_NOTES, "issue_date", "payable", credit_note_entries),
    Source(PAYMENTS, "value_date", "amount", payment_entries),
    Source(PAYMENTS, "reverse_date", "amount", payment_reversal_entries),
    Source(REFUNDS, "refund_date", "amount", refund_entries),
    Source(ALLOCATIONS, "allocate_date", "amount", allocation_entries),
    Source(ALLOCATIONS, "reverse_date", "amount", allocation_reversal_entries),
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


async def get_statement(env: Env, cmd: GetStatement) -> StatementPage:
    """The page of the statement; Contended if the account changes each of three times while its documents are read."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    await require_known(env, partner_id)
    _refuse_wrong(cmd)
    after = _position(cmd)
    for _ in range(_ATTEMPTS):
        account = await account_of(env, partner_id, cmd.currency)
        entries = [entry async for entry in _entries(env, cmd)]
        if (await account_of(env, partner_id, cmd.currency)).version == account.version:
            made = statement(entries, account.balance, last=cmd.to_date, after=after, most=rows_per_page(cmd.page_size))
            return StatementPage(statement=made, next_page_token=_token(cmd, made.next_position))
    raise Contended("the account keeps changing")


async def _entries(env: Env, cmd: GetStatement) -> AsyncIterator[StatementEntry]:
    """All entries since the first day, unordered; TooManyEntries. Every commit that writes one of these documents
    writes the account too, so an unchanged account proves that the entries are complete."""
    seen = 0
    for source in SOURCES:
        query: Query[Any] = Query(
            kind=source.kind,
            equals={"partner_id": cmd.partner_id},
            order=source.day,
            at_least=cmd.from_date or date.min,
            limit=ROWS_PER_PAGE,
        )
        while True:
            page = await env.store.find(query)
            seen += len(page.rows)
            if seen > DOCUMENTS_PER_STATEMENT:
                raise TooManyEntries
            found = [loaded.value for loaded in page.rows]
            for entry in source.entries(one for one in found if getattr(one, source.amount).currency == cmd.currency):
                yield entry
            if not page.next_cursor:
                break
            await asyncio.sleep(0)  # let other calls run: a store that answers at once would never yield
            query = msgspec.structs.replace(query, cursor=page.next_cursor)


def _refuse_wrong(cmd: GetStatement) -> None:
    """InvalidInput for an unknown currency, and for a last day before the first."""
    known = cmd.currency in known_currencies()
    unknown = () if known else (Violation("currency", f"{cmd.currency!r} is not an ISO 4217 code", "UNKNOWN_CURRENCY"),)
    backwards = early_violations("to_date", cmd.to_date, cmd.from_date) if cmd.to_date and cmd.from_date else ()
    refuse(*unknown, *backwards)


def _token(cmd: GetStatement, position: Position | None) -> str:
    if position is None:
        return ""
    return base64.urlsafe_b64encode(msgspec.json.encode((_mark(cmd), position))).decode()


def _position(cmd: GetStatement) -> Position | None:
    """The entry after which the page begins, None for the first page; InvalidInput for a token of another statement."""
    if not cmd.page_token:
        return None
    try:
        mark, position = msgspec.json.decode(
            base64.urlsafe_b64decode(cmd.page_token.encode()), type=tuple[str, Position]
        )
    except (ValueError, msgspec.MsgspecError):
        mark, position = "", None
    if mark != _mark(cmd):
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return position


def _mark(cmd: GetStatement) -> str:
    text = f"{cmd.partner_id} {cmd.currency} {cmd.from_date} {cmd.to_date}"
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
