"""Credit notes: what a partner need not pay after all, never more than was invoiced, per line and in total."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, Violation
from libs.money import Money, total
from services.orders.billing.domain.invoice import Invoice, InvoiceLine, LineCredit, balanced
from services.orders.billing.domain.states import CreditNoteReason
from services.orders.billing.events import CreditNoteIssued
from services.orders.record.domain.amounts import by_product_line, currency_mismatches, next_payable
from services.orders.record.domain.order import Order, Totals, allocate, totals_of
from services.orders.record.domain.violations import LineNumbers, refuse
from services.orders.returns.domain.rma import Return
from services.orders.returns.domain.transitions import require_accepted


class CreditLine(msgspec.Struct, frozen=True, kw_only=True):
    """What to credit of one line. amount: required without pieces; with pieces it defaults to their share of the
    line."""

    line_number: int
    quantity: int = 0
    amount: Money | None = None


class CreditNote(Document, frozen=True, kw_only=True):
    """What a partner need not pay. All amounts are positive. `imported_as`: hash of the imported row. `booked`: the
    amounts that credit paid money, or no invoice at all, are a partner credit; False only for a credit note that is
    older than partner credits and not processed yet."""

    invoice_id: str = ""
    order_id: str = ""
    partner_id: str
    return_id: str = ""
    number: str
    reason: CreditNoteReason
    lines: tuple[InvoiceLine, ...]
    totals: Totals
    payable: Money
    issue_date: date
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    booked: bool = False
    create_time: datetime

    @property
    def update_time(self) -> datetime:
        """When the note last changed for callers: at its creation."""
        return self.create_time


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """The lines and amounts of a credit note to be written."""

    lines: tuple[InvoiceLine, ...]
    totals: Totals
    payable: Money


class MoreThanInvoiced(AppError):
    """The credit exceeds the pieces or the amount that the invoice has left to credit."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_INVOICED"

    def __init__(self, invoice_id: str, what: str, *, line: int = 0) -> None:
        super().__init__(f"invoice {invoice_id}: {what}", invoice_id=invoice_id, line=line or "")


def check_credit_lines(lines: tuple[CreditLine, ...], invoice: Invoice, also: Iterable[Violation] = ()) -> None:
    """InvalidInput with `also` and the violations of the lines, if there are any."""
    numbers, found = LineNumbers({line.line_number for line in invoice.lines}, "invoice"), [*also]
    for place, line in enumerate(lines):
        found += numbers.violations(place, line.line_number)
        if not line.quantity and line.amount is None:
            found.append(Violation(f"lines[{place}].amount", "is needed without pieces", "REQUIRED"))
        found += currency_mismatches({f"lines[{place}].amount": line.amount}, invoice.currency)
    refuse(*found)


def new_credit_note(
    invoice: Invoice,
    credit: Credit,
    *,
    id: str,
    number: str,
    reason: CreditNoteReason,
    return_id: str,
    issue_date: date,
    now: datetime,
) -> CreditNote:
    """A credit note on an invoice."""
    return CreditNote(
        id=id,
        invoice_id=invoice.id,
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        return_id=return_id,
        number=number,
        reason=reason,
        lines=credit.lines,
        totals=credit.totals,
        payable=credit.payable,
        issue_date=issue_date,
        booked=True,
        create_time=now,
    )


def credit_of_lines(invoice: Invoice, wanted: Iterable[CreditLine]) -> Credit:
    """The credit of these lines, each at most what is left of the line; MoreThanInvoiced."""
    left = {line.line_number: line for line in _left(invoice)}
    lines = tuple(_credited(invoice.id, left.get(one.line_number), one) for one in wanted)
    totals = totals_of(lines, invoice.currency)
    return Credit(lines=lines, totals=totals, payable=payable_credit(invoice, totals.total))


def credit_of_return(invoice: Invoice, rma: Return) -> Credit:
    """The credit of the accepted pieces of a return that were not replaced by a shipment; ReturnNotAccepted,
    MoreThanInvoiced."""
    require_accepted(rma, invoice.order_id)
    accepted = [
        CreditLine(line_number=line.line_number, quantity=line.to_settle) for line in rma.lines if line.to_settle
    ]
    return credit_of_lines(invoice, accepted)


def credit_of_all_open(invoice: Invoice) -> Credit:
    """The credit of everything that is open: with all pieces left if nothing was paid, otherwise as amounts alone.
    MoreThanInvoiced if nothing is open."""
    target = min(invoice.open, invoice.payable - invoice.credited)
    if not target.amount:
        raise MoreThanInvoiced(invoice.id, "nothing is open")
    left = tuple(line for line in _left(invoice) if line.quantity or line.total.amount)
    remaining = invoice.totals.total - invoice.credited_total
    if invoice.received.amount or total([line.total for line in left], invoice.currency) != remaining:
        left = _scaled(left, min(target, remaining))
    totals = totals_of(left, invoice.currency)
    return Credit(lines=left, totals=totals, payable=target)


def payable_credit(invoice: Invoice, exact: Money) -> Money:
    """The payable amount of an exact credit. The running total of all credits of the invoice is rounded, so that
    crediting the whole invoice comes to exactly its payable amount. MoreThanInvoiced."""
    if invoice.totals.total < invoice.credited_total + exact:
        raise MoreThanInvoiced(invoice.id, "the credit notes together would exceed it")
    return next_payable(
        exact,
        before=invoice.credited_total,
        paid_before=invoice.credited,
        whole=invoice.totals.total,
        most=invoice.payable,
    )


def apply_credit(invoice: Invoice, credit: Credit, *, now: datetime) -> Invoice:
    """The invoice with the lines and sums of a credit counted."""
    taken = {one.line_number: one for one in invoice.credits}
    for line in credit.lines:
        before = taken.get(line.line_number)
        taken[line.line_number] = LineCredit(
            line_number=line.line_number,
            quantity=line.quantity + (before.quantity if before else 0),
            amount=line.amount + before.amount if before else line.amount,
            tax=line.tax + before.tax if before else line.tax,
            freight=line.freight + before.freight if before else line.freight,
        )
    return count_credit(replace(invoice, credits=tuple(taken.values())), credit, now=now)


def count_credit(invoice: Invoice, credit: Credit, *, now: datetime) -> Invoice:
    """The invoice with the sums of a credit counted, without its lines. What exceeds the open amount is released to the
    account of the partner."""
    counted = replace(
        invoice,
        credited=invoice.credited + credit.payable,
        credited_total=invoice.credited_total + credit.totals.total,
        update_time=now,
    )
    return balanced(release(counted, credit.payable - invoice.open))


def release(invoice: Invoice, amount: Money) -> Invoice:
    """The invoice with `amount` more released to the account of the partner; unchanged if the amount is not above
    zero."""
    if amount.amount <= 0:
        return invoice
    return replace(invoice, released=invoice.released + amount if invoice.released else amount)


def owed_by(note: CreditNote, before: Invoice | None, after: Invoice | None) -> Money:
    """What we owe the partner by a credit note that changed its invoice from `before` to `after`; the whole note if it
    has no invoice."""
    if before is None or after is None:
        return note.payable
    nothing = Money.zero(note.payable.currency)
    return (after.released or nothing) - (before.released or nothing)


def credit_note_issued(note: CreditNote, order: Order) -> CreditNoteIssued:
    """The event of a credit note for an order."""
    return CreditNoteIssued(
        order_id=note.order_id,
        partner_id=note.partner_id,
        credit_note_id=note.id,
        invoice_id=note.invoice_id,
        payable=note.payable,
        reason=note.reason,
        product_lines=by_product_line(order, {line.line_number: line for line in note.lines}),
        ship_to_country=order.ship_to_country,
    )


def _left(invoice: Invoice) -> tuple[InvoiceLine, ...]:
    """The invoice lines less what is credited already."""
    taken: Mapping[int, LineCredit] = {one.line_number: one for one in invoice.credits}
    return tuple(_less(line, taken.get(line.line_number)) for line in invoice.lines)


def _less(line: InvoiceLine, taken: LineCredit | None) -> InvoiceLine:
    if taken is None:
        return line
    quantity = line.quantity - taken.quantity
    amount = line.amount - taken.amount
    return replace(
        line,
        quantity=quantity,
        discount=line.unit_price * quantity - amount,
        amount=amount,
        tax=line.tax - taken.tax,
        freight=line.freight - taken.freight,
    )


def _credited(invoice_id: str, left: InvoiceLine | None, wanted: CreditLine) -> InvoiceLine:
    if left is None or left.quantity < wanted.quantity:
        pieces = left.quantity if left else 0
        raise MoreThanInvoiced(invoice_id, f"{pieces} pieces are left", line=wanted.line_number)
    amount = wanted.amount or left.amount.share(wanted.quantity, left.quantity)
    if left.amount < amount:
        raise MoreThanInvoiced(invoice_id, f"{left.amount.decimal} are left", line=wanted.line_number)
    nothing = Money.zero(amount.currency)
    share = (amount.amount, left.amount.amount) if wanted.amount else (wanted.quantity, left.quantity)
    return replace(
        left,
        quantity=wanted.quantity,
        discount=left.unit_price * wanted.quantity - amount if wanted.quantity else nothing,
        amount=amount,
        tax=left.tax.share(*share),
        freight=left.freight.share(wanted.quantity, left.quantity) if wanted.quantity else nothing,
    )


def _scaled(left: tuple[InvoiceLine, ...], target: Money) -> tuple[InvoiceLine, ...]:
    """The lines scaled in proportion to the total `target`; without pieces, because part of their price stays paid."""
    parts = [part for line in left for part in (line.amount, line.tax, line.freight)]
    shares = iter(allocate(target, [part.amount for part in parts]))
    nothing = Money.zero(target.currency)
    return tuple(
        replace(line, quantity=0, discount=nothing, amount=next(shares), tax=next(shares), freight=next(shares))
        for line in left
    )
