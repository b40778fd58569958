"""Credit notes: amending an invoice, or refunding goods that came back."""

from datetime import date

from libs.call import Command
from libs.env import About
from libs.errors import Violation
from libs.store.port import Held, Put, create
from services.orders.documents import CREDIT_NOTES, INVOICES, RETURNS
from services.orders.domain.credit_note import (
    Credit,
    CreditLine,
    CreditNote,
    apply_credit,
    check_credit_lines,
    credit_note_issued,
    credit_of_all_open,
    credit_of_lines,
)
from services.orders.domain.invoice import Invoice
from services.orders.domain.return_moves import refund, require_accepted
from services.orders.domain.returns import Return
from services.orders.domain.states import CreditNoteReason
from services.orders.usecases.accounts import account_turn
from services.orders.usecases.billing import settlement
from services.orders.usecases.numbers import paper_number
from services.orders.usecases.settings import Env, early, future, refuse, today


class IssueCreditNote(Command, frozen=True, kw_only=True):
    """Take something off an invoice: these lines, the accepted pieces of a return, or all that is open."""

    invoice_id: str
    etag: str = ""
    return_id: str = ""
    reason: CreditNoteReason
    lines: tuple[CreditLine, ...] = ()
    number: str = ""
    issue_date: date | None = None


async def issue_credit_note(env: Env, cmd: IssueCreditNote) -> CreditNote:
    """The credit note; invoice, order and account count it, a return is settled by it."""
    async with account_turn(env, INVOICES, cmd.invoice_id, call=cmd.call, etag=cmd.etag) as held:
        invoice, now = held.value, env.clock.now()
        back = await env.load(RETURNS, cmd.return_id, call=cmd.call) if cmd.return_id else None
        issued = cmd.issue_date or max(today(env), invoice.issue_date)
        _refuse_wrong(env, cmd, invoice, issued)
        credit = _credit(cmd, invoice, back.value if back else None)
        async with paper_number(env, CREDIT_NOTES, cmd.number, year=issued.year) as numbered:
            note = CreditNote(
                id=env.ids.new("crn"),
                invoice_id=invoice.id,
                order_id=invoice.order_id,
                partner_id=invoice.partner_id,
                return_id=cmd.return_id,
                number=numbered.number,
                reason=cmd.reason,
                lines=credit.lines,
                totals=credit.totals,
                payable=credit.payable,
                issue_date=issued,
                create_time=now,
            )
            rest = await settlement(env, held, apply_credit(invoice, credit, now=now), call=cmd.call)
            refunded = _refunded(env, back, note)
            return await env.commit(
                create(CREDIT_NOTES, note),
                *rest.writes,
                *(put for put, _ in refunded),
                *numbered.writes,
                events=[credit_note_issued(note), *rest.events, *(event for _, event in refunded)],
                call=cmd.call,
            )


def _refuse_wrong(env: Env, cmd: IssueCreditNote, invoice: Invoice, issued: date) -> None:
    """InvalidInput with everything that a credit note of this invoice cannot say."""
    days = (*future(env, "issue_date", issued), *early("issue_date", issued, invoice.issue_date))
    if cmd.return_id and cmd.lines:
        refuse(*days, Violation("lines", "follow from the return and stay empty", "NOT_WITH_RETURN"))
    check_credit_lines(cmd.lines, invoice, days)


def _credit(cmd: IssueCreditNote, invoice: Invoice, back: Return | None) -> Credit:
    if back is not None:
        require_accepted(back, invoice.order_id)
        accepted = [
            CreditLine(line_number=line.line_number, quantity=line.accepted_quantity)
            for line in back.lines
            if line.accepted_quantity
        ]
        return credit_of_lines(invoice, accepted)
    if not cmd.lines:
        return credit_of_all_open(invoice)
    return credit_of_lines(invoice, cmd.lines)


def _refunded(env: Env, back: Held[Return] | None, note: CreditNote) -> tuple[tuple[Put[Return], About], ...]:
    if back is None:
        return ()
    settled, event = refund(back.value, note.order_id, note.id, now=env.clock.now())
    put = back.put(settled)
    return ((put, About(event, put.document)),)
