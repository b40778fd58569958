"""Issues credit notes, which amend an invoice or refund returned goods."""

from datetime import date

from libs.call import Command
from libs.env import About
from libs.errors import Violation
from libs.store.port import Loaded, Put, create
from services.orders.billing.documents import CREDIT_NOTES
from services.orders.billing.domain.credit_note import (
    Credit,
    CreditLine,
    CreditNote,
    apply_credit,
    check_credit_lines,
    credit_note_issued,
    credit_of_all_open,
    credit_of_lines,
    credit_of_return,
    new_credit_note,
    owed_by,
)
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.states import CreditNoteReason
from services.orders.billing.reads import Change, credit_writes, locked_invoice, settlement
from services.orders.billing.usecases.numbers import document_number
from services.orders.record.documents import ORDERS
from services.orders.record.domain.violations import begun_violations, early_violations, refuse
from services.orders.record.reads import latest_day
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import Return
from services.orders.returns.domain.transitions import refund
from services.orders.settings import Env


class IssueCreditNote(Command, frozen=True, kw_only=True):
    """Issue a credit note on an invoice: for these lines, for the accepted pieces of a return, or for all that is
    open."""

    invoice_id: str
    etag: str = ""
    return_id: str = ""
    reason: CreditNoteReason
    lines: tuple[CreditLine, ...] = ()
    number: str = ""
    issue_date: date | None = None


async def issue_credit_note(env: Env, cmd: IssueCreditNote) -> CreditNote:
    """The credit note. The same commit updates the invoice, its order, the account, and the return that it settles."""
    async with locked_invoice(env, cmd.invoice_id, call=cmd.call, etag=cmd.etag) as loaded:
        invoice, now = loaded.value, env.clock.now()
        rma = await env.load(RETURNS, cmd.return_id, call=cmd.call) if cmd.return_id else None
        issued = cmd.issue_date or max(env.today(), invoice.issue_date)
        _refuse_wrong(env, cmd, invoice, issued)
        credit = _credit(cmd, invoice, rma.value if rma else None)
        async with document_number(env, CREDIT_NOTES, cmd.number, year=issued.year) as numbered:
            note = new_credit_note(
                invoice,
                credit,
                id=env.ids.new("crn"),
                number=numbered.number,
                reason=cmd.reason,
                return_id=cmd.return_id,
                issue_date=issued,
                now=now,
            )
            order = await env.load(ORDERS, invoice.order_id, call=cmd.call)
            after = apply_credit(invoice, credit, now=now)
            owed = owed_by(note, invoice, after)
            rest = await settlement(env, note.partner_id, [Change(loaded, after)], owed=owed, call=cmd.call)
            opened = credit_writes(env, note, owed)
            refunded = _refunded(env, rma, note)
            return await env.commit(
                create(CREDIT_NOTES, note),
                *rest.writes,
                *opened.writes,
                *(put for put, _ in refunded),
                *numbered.writes,
                events=[
                    credit_note_issued(note, order.value),
                    *opened.events,
                    *rest.events,
                    *(event for _, event in refunded),
                ],
                call=cmd.call,
            )


def _refuse_wrong(env: Env, cmd: IssueCreditNote, invoice: Invoice, issued: date) -> None:
    """InvalidInput with all violations of the request."""
    days = (
        *begun_violations("issue_date", issued, latest=latest_day(env)),
        *early_violations("issue_date", issued, invoice.issue_date),
    )
    if cmd.return_id and cmd.lines:
        refuse(*days, Violation("lines", "follow from the return and stay empty", "NOT_WITH_RETURN"))
    check_credit_lines(cmd.lines, invoice, days)


def _credit(cmd: IssueCreditNote, invoice: Invoice, rma: Return | None) -> Credit:
    if rma is not None:
        return credit_of_return(invoice, rma)
    return credit_of_lines(invoice, cmd.lines) if cmd.lines else credit_of_all_open(invoice)


def _refunded(env: Env, rma: Loaded[Return] | None, note: CreditNote) -> tuple[tuple[Put[Return], About], ...]:
    if rma is None:
        return ()
    settled, event = refund(rma.value, note.order_id, note.id, now=env.clock.now())
    put = rma.put(settled)
    return ((put, About(event, put.document)),)
