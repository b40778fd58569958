"""The jobs of accruals: they book what is known of invoices, and look through them again after a fund was opened."""

from datetime import timedelta

from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query
from services.partners.accruals.documents import INVOICE_SHARES
from services.partners.accruals.usecases import (
    BookShare,
    EndScan,
    WakeShare,
    book_share,
    end_scan,
    wake_share,
    without_fund,
)
from services.partners.funds.documents import FUND_BOOKS
from services.partners.funds.domain.fund import FundBook
from services.partners.settings import Env, Settings

BOOK = "partners__book_accruals"
SCAN = "partners__scan_invoices"
EVERY = timedelta(seconds=10)
_BOOKS_AT_ONCE = 20


async def book_accruals(env: Env) -> int:
    """Books up to 200 invoices with their credit notes; returns how many rows changed."""
    query = Query(kind=INVOICE_SHARES, equals={"pending": True}, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(BOOK, rows, lambda call, row: env.run(book_share, BookShare(call=call, id=row)))


async def scan_invoices(env: Env) -> int:
    """Looks through the invoices of up to 20 partners for which a fund was opened; returns how many partners."""
    query = Query(kind=FUND_BOOKS, equals={"unscanned": True}, limit=_BOOKS_AT_ONCE)
    books = (await env.store.find(query)).rows
    return sum([await _scanned(env, book) for book in books])


async def _scanned(env: Env, book: Loaded[FundBook]) -> bool:
    """Whether all invoices of the partner were woken that a fund may accrue and none has."""
    for query in without_fund(book.value):
        page_query = replace(query, limit=ROWS_PER_PAGE)
        while True:
            page = await env.store.find(page_query)
            woken = await sweep(SCAN, page.rows, lambda call, row: env.run(wake_share, WakeShare(call=call, id=row)))
            if woken < len(page.rows):
                return False  # somebody writes the same rows; the next run looks again
            if not page.next_cursor:
                break
            page_query = replace(page_query, cursor=page.next_cursor)
    command = EndScan(call=Call(caller=SYSTEM, method=SCAN), id=book.value.id, version=book.value.version)
    return not (await env.run(end_scan, command)).unscanned


JOBS: tuple[Job[Settings], ...] = (
    Job(BOOK, EVERY, book_accruals),
    Job(SCAN, EVERY, scan_invoices),
)
