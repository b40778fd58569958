"""Stores invoices and credit notes row by row, and books them in the ledger of their fund a little later.

An event writes only the row of its invoice, so the events of one partner do not wait for its fund.
"""

from datetime import date

from msgspec.structs import replace

from libs.call import Command
from libs.money import Money
from libs.store.port import Loaded, Query, create, get
from services.partners.accruals import domain
from services.partners.accruals.documents import INVOICE_SHARES
from services.partners.accruals.domain import InvoiceShare
from services.partners.funds.documents import FUND_BOOKS, FUNDS
from services.partners.funds.domain.fund import Fund, FundBook, accruing, rate_of
from services.partners.funds.domain.ledger import FundAccrual
from services.partners.funds.reads import fund_lock, posted
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env
from services.partners.tier_review.reads import held_on, level_is_known, level_of


class RecordInvoice(Command, frozen=True, kw_only=True):
    """Store an invoice."""

    id: str
    partner_id: str
    order_id: str
    subtotal: Money | None
    payable: Money
    issue_date: date


class RecordCreditNote(Command, frozen=True, kw_only=True):
    """Store a credit note on the invoice `id`."""

    id: str
    partner_id: str
    credit_note_id: str
    payable: Money


class BookShare(Command, frozen=True, kw_only=True):
    """Book what is not booked of an invoice and its credit notes."""

    id: str


class WakeShare(Command, frozen=True, kw_only=True):
    """Look again whether a fund accrues an invoice."""

    id: str


class EndScan(Command, frozen=True, kw_only=True):
    """Record that all invoices of a partner were compared with its funds. version: of the book, before that."""

    id: str
    version: int


async def record_invoice(env: Env, cmd: RecordInvoice) -> InvoiceShare:
    """The row with the invoice; unchanged if nothing is new."""
    loaded = await _row(env, cmd.id, cmd.partner_id)
    share = domain.invoiced(
        loaded.value, order_id=cmd.order_id, subtotal=cmd.subtotal, payable=cmd.payable, issue_date=cmd.issue_date
    )
    return await _stored(env, cmd, loaded, share=share)


async def record_credit_note(env: Env, cmd: RecordCreditNote) -> InvoiceShare:
    """The row with the credit note; unchanged if it has it."""
    loaded = await _row(env, cmd.id, cmd.partner_id)
    return await _stored(env, cmd, loaded, share=domain.credited(loaded.value, cmd.credit_note_id, cmd.payable))


async def book_share(env: Env, cmd: BookShare) -> InvoiceShare:
    """The row with what was not booked yet. Nothing is booked for an invoice that no fund accrues, or of which only
    credit notes are known. It waits, unchanged, until it is known what level the partner had."""
    seen = (await env.load(INVOICE_SHARES, cmd.id, call=cmd.call)).value
    fund_id = seen.fund_id or await _fund_of(env, seen)
    async with fund_lock(env, fund_id):
        loaded = await env.load(INVOICE_SHARES, cmd.id, call=cmd.call)
        if not loaded.value.pending:
            return loaded.value
        if not fund_id:
            return await env.commit(loaded.put(replace(loaded.value, pending=False)), call=cmd.call)
        if loaded.value.accrued is None and not await _level_is_known(env, loaded.value):
            return loaded.value
        fund = await env.load(FUNDS, fund_id, call=cmd.call)
        accrual = await _accrual(env, cmd, loaded.value, fund=fund.value)
        booked = domain.book(loaded.value, fund_id, accrual)
        ledger = posted(env, fund, booked.postings)
        return await env.commit(loaded.put(booked.share), *ledger.writes, events=ledger.events, call=cmd.call)


async def wake_share(env: Env, cmd: WakeShare) -> InvoiceShare:
    """The row, pending; it is written in any case, so that whoever decides at the same time that no fund accrues it
    decides again."""
    loaded = await env.load(INVOICE_SHARES, cmd.id, call=cmd.call)
    if loaded.value.fund_id:
        return loaded.value
    return await env.commit(loaded.put(replace(loaded.value, pending=True)), call=cmd.call)


async def end_scan(env: Env, cmd: EndScan) -> FundBook:
    """The book, scanned; unchanged if a fund was opened meanwhile."""
    loaded = await env.load(FUND_BOOKS, cmd.id, call=cmd.call)
    if loaded.value.version != cmd.version:
        return loaded.value
    return await env.commit(loaded.put(replace(loaded.value, unscanned=False)), call=cmd.call)


def without_fund(book: FundBook) -> tuple[Query[InvoiceShare], ...]:
    """The queries for a partner's invoices that no fund has, one for the days of each of its funds."""
    return tuple(
        Query(
            kind=INVOICE_SHARES,
            equals={"partner_id": book.id, "fund_id": ""},
            order="issue_date",
            at_least=window.first_day,
            below=date.fromordinal(window.last_day.toordinal() + 1),
        )
        for window in book.windows
    )


async def _fund_of(env: Env, share: InvoiceShare) -> str:
    """The id of the fund that accrues an invoice; empty for none, and while the invoice is not known."""
    if share.subtotal is None or share.issue_date is None:
        return ""
    book = await get(env.store, FUND_BOOKS, share.partner_id)
    return accruing(book.value, share.subtotal.currency, share.issue_date) if book else ""


async def _level_is_known(env: Env, share: InvoiceShare) -> bool:
    assert share.issue_date is not None
    return await level_is_known(env, share.partner_id, share.issue_date)


async def _accrual(env: Env, cmd: Command, share: InvoiceShare, *, fund: Fund) -> FundAccrual:
    """The rate of an invoice: by the level of a programme that the partner had when it was issued, else by the tier
    that it has now."""
    assert share.issue_date is not None
    held = await held_on(env, share.partner_id, share.issue_date)
    if held is None:
        tier = (await env.load(PARTNERS, share.partner_id, call=cmd.call)).value.tier
        return FundAccrual(basis_points=rate_of(fund, tier), tier=tier)
    level = await level_of(env, held)
    rate = rate_of(fund, level.tier, level_rate=level.benefits.fund_basis_points)
    return FundAccrual(basis_points=rate, level=held.code, program_id=held.program_id, tier=level.tier)


async def _row(env: Env, id: str, partner_id: str) -> Loaded[InvoiceShare]:
    found = await get(env.store, INVOICE_SHARES, id)
    return found or Loaded(INVOICE_SHARES, InvoiceShare(id=id, partner_id=partner_id))


async def _stored(env: Env, cmd: Command, loaded: Loaded[InvoiceShare], *, share: InvoiceShare) -> InvoiceShare:
    if share is loaded.value:
        return share
    put = loaded.put(share) if loaded.value.version else create(INVOICE_SHARES, share)
    return await env.commit(put, call=cmd.call)
