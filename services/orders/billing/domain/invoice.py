"""Invoices: shares of order lines, rounded once per order, and how much of an invoice is open."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
from msgspec.structs import asdict, replace

from libs.document import Document
from libs.errors import AppError, Code, require_state
from libs.money import Money, total
from services.orders.billing.domain.states import DunningBlockReason, InvoiceState
from services.orders.billing.events import InvoiceIssued, InvoicePaid, InvoiceReopened
from services.orders.record.domain.amounts import by_product_line, next_payable
from services.orders.record.domain.order import LineAmounts, Order, OrderLine, Totals, allocate, settle_axes, totals_of
from services.orders.record.domain.states import MAY_INVOICE, BillingState, LineKind, OrderState


class InvoiceLine(LineAmounts, frozen=True, kw_only=True):
    """One line of an invoice or credit note, with the line number of the order."""

    line_number: int
    kind: LineKind
    sku: str
    description: str = ""
    quantity: int


class LineCredit(msgspec.Struct, frozen=True, kw_only=True):
    """What credit notes have credited of one line so far."""

    line_number: int
    quantity: int
    amount: Money
    tax: Money
    freight: Money


class DunningBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Why an invoice is not dunned. until: the last day of the block; None: until somebody lifts it."""

    reason: DunningBlockReason
    until: date | None = None


class Invoice(Document, frozen=True, kw_only=True):
    """An invoice to a partner.

    `credited_total` is `credited` before rounding. `allocated`: the sum of the partner credits allocated to it.
    `released`: the part of the paid money that became partner credits by credit notes; both None: nothing. `open_due`:
    the due date while something is open. `watch_due`: the same until a job has published that the date passed.
    `dunning_start`: the day from which the dunning steps are counted, None (the due date) before the first step.
    `dunning_watch`: that day while the invoice may be dunned.
    """

    order_id: str
    partner_id: str
    number: str
    state: InvoiceState = InvoiceState.ISSUED
    lines: tuple[InvoiceLine, ...]
    totals: Totals
    payable: Money
    paid: Money
    credited: Money
    credited_total: Money
    credits: tuple[LineCredit, ...] = ()
    allocated: Money | None = None
    released: Money | None = None
    open: Money
    issue_date: date
    due_date: date
    open_due: date | None = None
    watch_due: date | None = None
    overdue: bool = False
    dunning_level: int = 0
    dunning_time: datetime | None = None
    dunning_block: DunningBlock | None = None
    dunning_start: date | None = None
    dunning_watch: date | None = None
    create_time: datetime
    update_time: datetime

    @property
    def currency(self) -> str:
        """The currency of all amounts of the invoice."""
        return self.payable.currency

    @property
    def received(self) -> Money:
        """What was paid, for this invoice or by allocated credits."""
        return self.paid + self.allocated if self.allocated else self.paid

    @property
    def surplus(self) -> Money:
        """How much was received and credited beyond the payable amount and not released as a partner credit. Negative
        while something is open; above zero only for an invoice that was credited before partner credits existed."""
        over = self.received + self.credited - self.payable
        return over - self.released if self.released else over


class NumberSeries(Document, frozen=True, kw_only=True):
    """The last number counted for a kind of document in a year; the id is `<kind>:<year>`."""

    last: int


class NothingToInvoice(AppError):
    """Everything shipped is invoiced already."""

    code, reason = Code.FAILED_PRECONDITION, "NOTHING_TO_INVOICE"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"nothing of order {order_id} was shipped and is not invoiced", order_id=order_id)


def shipped_and_not_invoiced(order: Order) -> dict[int, int]:
    """The pieces shipped and not invoiced, by line number."""
    left = {line.line_number: line.shipped_quantity - line.invoiced_quantity for line in order.goods}
    return {number: pieces for number, pieces in left.items() if pieces > 0}


def invoice_lines(order: Order, pieces: Mapping[int, int]) -> tuple[InvoiceLine, ...]:
    """The invoice lines for these pieces, by line number. Each has its share of discount and tax, so that all invoices
    together come to exactly the order. The first invoice has the charges and the freight of the whole order, even if
    the order is closed before everything is shipped. WrongState, NothingToInvoice."""
    require_state("order", order.id, order.state, action="invoice", allowed=MAY_INVOICE)
    first = order.billing is BillingState.NOT_INVOICED
    wanted = dict(pieces)
    if first and (wanted or not order.goods):
        wanted |= {line.line_number: line.quantity for line in order.lines if line.kind is LineKind.CHARGE}
    charged = [line for line in order.lines if wanted.get(line.line_number)]
    if not charged:
        raise NothingToInvoice(order.id)
    made = tuple(_charge(line, wanted[line.line_number]) for line in charged)
    return _with_freight(made, order) if first else made


def issue(
    order: Order,
    lines: tuple[InvoiceLine, ...],
    *,
    id: str,
    number: str,
    issue_date: date,
    due_date: date,
    now: datetime,
) -> tuple[Invoice, InvoiceIssued]:
    """An invoice of these lines, and its event. Its payable amount evens out the rounding of earlier invoices: all
    together come to the rounded order total, or to that of the shipped part if the order was closed before."""
    totals, whole = totals_of(lines, order.currency), order.billable_total
    payable = next_payable(
        totals.total,
        before=whole - order.not_invoiced,
        paid_before=order.invoiced,
        whole=whole,
        most=whole.payable(),
    )
    nothing = Money.zero(order.currency)
    invoice = Invoice(
        id=id,
        order_id=order.id,
        partner_id=order.partner_id,
        number=number,
        lines=lines,
        totals=totals,
        payable=payable,
        paid=nothing,
        credited=nothing,
        credited_total=nothing,
        open=payable,
        issue_date=issue_date,
        due_date=due_date,
        create_time=now,
        update_time=now,
    )
    event = InvoiceIssued(
        order_id=order.id,
        partner_id=order.partner_id,
        invoice_id=id,
        payable=payable,
        issue_date=issue_date,
        due_date=due_date,
        product_lines=by_product_line(order, {line.line_number: line for line in lines}),
        ship_to_country=order.ship_to_country,
        subtotal=totals.subtotal,
    )
    return balanced(invoice), event


def count_invoice(order: Order, invoice: Invoice, *, still_to_invoice: tuple[str, ...], now: datetime) -> Order:
    """The order with the pieces and amounts of the invoice counted; it can no longer be canceled."""
    pieces = {line.line_number: line.quantity for line in invoice.lines}
    counted = replace(
        order,
        state=OrderState.IN_FULFILLMENT,
        lines=tuple(
            replace(line, invoiced_quantity=line.invoiced_quantity + pieces.get(line.line_number, 0))
            for line in order.lines
        ),
        to_invoice=still_to_invoice,
        invoiced=order.invoiced + invoice.payable,
        not_invoiced=order.not_invoiced - invoice.totals.total,
        update_time=now,
    )
    return settle_axes(counted)


def balanced(invoice: Invoice) -> Invoice:
    """The invoice with all derived fields computed from what was paid, credited, allocated and released."""
    left = -invoice.surplus
    still_open = left if left.amount > 0 else Money.zero(invoice.currency)
    due = invoice.due_date if still_open.amount else None
    overdue = invoice.overdue and due is not None
    block = invoice.dunning_block if due else None
    return replace(
        invoice,
        open=still_open,
        state=_state(invoice, still_open),
        open_due=due,
        watch_due=None if overdue else due,
        overdue=overdue,
        dunning_block=block,
        dunning_watch=(invoice.dunning_start or due) if overdue and not block else None,
    )


def count_settlement(order: Order, before: Invoice, after: Invoice, *, now: datetime) -> Order:
    """The order with the change of the open amount of one of its invoices counted."""
    return settle_axes(replace(order, settled=order.settled + before.open - after.open, update_time=now))


def paid_event(before: Invoice, after: Invoice) -> tuple[InvoicePaid, ...]:
    """InvoicePaid if the invoice was open and is settled now; else empty."""
    if not before.open.amount or after.open.amount:
        return ()
    return (
        InvoicePaid(order_id=after.order_id, partner_id=after.partner_id, invoice_id=after.id, overdue=before.overdue),
    )


def reopened_event(before: Invoice, after: Invoice) -> tuple[InvoiceReopened, ...]:
    """InvoiceReopened if the invoice was settled and is open now; else empty."""
    if before.open.amount or not after.open.amount:
        return ()
    return (
        InvoiceReopened(order_id=after.order_id, partner_id=after.partner_id, invoice_id=after.id, open=after.open),
    )


def _state(invoice: Invoice, still_open: Money) -> InvoiceState:
    if not still_open.amount:
        credit_alone = invoice.credited.amount > 0 and not invoice.received.amount
        return InvoiceState.CREDITED if credit_alone else InvoiceState.PAID
    return InvoiceState.ISSUED if still_open == invoice.payable else InvoiceState.PARTIALLY_PAID


def _charge(line: OrderLine, pieces: int) -> InvoiceLine:
    return InvoiceLine(
        line_number=line.line_number,
        kind=line.kind,
        sku=line.sku,
        description=line.description,
        quantity=pieces,
        **asdict(line.part(line.invoiced_quantity, line.invoiced_quantity + pieces)),
    )


def _with_freight(made: tuple[InvoiceLine, ...], order: Order) -> tuple[InvoiceLine, ...]:
    """The lines with their own freight; the freight of order lines that are not on this invoice is spread over them in
    proportion to their amounts."""
    own = {line.line_number: line.freight for line in order.lines}
    here = {line.line_number for line in made}
    rest = total([freight for number, freight in own.items() if number not in here], order.currency)
    extra = allocate(rest, [line.amount.amount for line in made])
    return tuple(replace(line, freight=own[line.line_number] + more) for line, more in zip(made, extra, strict=True))
