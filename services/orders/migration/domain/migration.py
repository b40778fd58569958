"""Turns a row of another system into an order with its shipment, invoice and payment, or into a credit note."""

from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.money import Money
from services.orders.billing.domain.credit_note import Credit, CreditNote, payable_credit
from services.orders.billing.domain.invoice import (
    DunningBlock,
    Invoice,
    InvoiceLine,
    balanced,
    count_invoice,
    count_settlement,
    invoice_lines,
    issue,
)
from services.orders.billing.domain.payment import Payment, new_payment, pay
from services.orders.billing.domain.states import CreditNoteReason, DunningBlockReason
from services.orders.migration.domain.history import HistoricDocument, historic_lines
from services.orders.migration.events import CreditNoteImported, ImportedInvoice, ImportedPayment, OrderImported
from services.orders.ordering.domain.opening import Opening, open_order
from services.orders.record.domain.amounts import by_product_line, product_line_amounts
from services.orders.record.domain.goods import Shipment, ShipmentLine
from services.orders.record.domain.order import Order, totals_of
from services.orders.record.domain.states import CancelReason, OrderState
from services.orders.shipping.domain import deliver, new_shipment, ship

_IMPORTED = DunningBlock(reason=DunningBlockReason.IMPORTED)


class NewIds(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of the documents that a row may become."""

    order: str
    shipment: str
    invoice: str
    payment: str


class MigratedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order and the documents that the row contains of it."""

    order: Order
    shipment: Shipment | None = None
    invoice: Invoice | None = None
    payment: Payment | None = None

    @property
    def event(self) -> OrderImported:
        """The event of the import."""
        return OrderImported(
            order_id=self.order.id,
            partner_id=self.order.partner_id,
            state=self.order.state,
            total=self.order.totals.total,
            order_date=self.order.order_date,
            ship_to_country=self.order.ship_to_country,
            product_lines=by_product_line(self.order, {line.line_number: line for line in self.order.lines}),
            invoice=_invoice_of(self),
            payment=_payment_of(self),
        )


def migrate_order(
    row: HistoricDocument, *, ids: NewIds, partner_id: str, terms_days: int, today: date, now: datetime
) -> MigratedOrder:
    """The order in the state that its dates imply, reached by the same transitions as an order of our own. An invoice
    that is overdue today gets an IMPORTED dunning block."""
    migrated = MigratedOrder(order=_order(row, ids.order, partner_id, now=now))
    if row.canceled:
        return migrated
    if row.ship_date and migrated.order.goods:
        migrated = _shipped(migrated, row, ids.shipment, on=row.ship_date, now=now)
    if row.invoice_number and row.invoice_date:
        due = row.invoice_due_date or row.invoice_date + timedelta(days=terms_days)
        migrated = _invoiced(migrated, row, ids.invoice, due=due, now=now)
        migrated = _paid(migrated, row, ids.payment, now=now)
    if migrated.invoice and migrated.invoice.open.amount and migrated.invoice.due_date < today:
        migrated = replace(migrated, invoice=balanced(replace(migrated.invoice, overdue=True, dunning_block=_IMPORTED)))
    return migrated


def with_repeated_number(migrated: MigratedOrder) -> MigratedOrder:
    """The same, with the purchase order number moved to `repeated_purchase_order_number`, because another order has
    it."""
    order = migrated.order
    number = order.purchase_order_number or ""
    return replace(migrated, order=replace(order, purchase_order_number=None, repeated_purchase_order_number=number))


def migrate_credit_note(
    row: HistoricDocument, *, id: str, partner_id: str, order_id: str, invoice: Invoice | None, now: datetime
) -> tuple[CreditNote, Credit, CreditNoteImported]:
    """The credit note, its amounts, and the event; order_id "" and invoice None if they are unknown.
    MoreThanInvoiced."""
    lines = credit_lines(row)
    totals = totals_of(lines, row.currency)
    payable = payable_credit(invoice, totals.total) if invoice else totals.total.payable()
    note = CreditNote(
        id=id,
        invoice_id=invoice.id if invoice else "",
        order_id=order_id,
        partner_id=partner_id,
        number=row.invoice_number or row.external_id,
        reason=CreditNoteReason.OTHER,
        lines=lines,
        totals=totals,
        payable=payable,
        issue_date=row.order_date,
        external_source=row.external_source,
        external_id=row.external_id,
        imported_as=row.row_hash,
        booked=True,
        create_time=now,
    )
    event = CreditNoteImported(
        credit_note_id=id,
        order_id=order_id,
        partner_id=partner_id,
        payable=payable,
        issue_date=row.order_date,
        product_lines=product_line_amounts(("", line) for line in lines),
    )
    return note, Credit(lines=lines, totals=totals, payable=payable), event


def credit_lines(row: HistoricDocument) -> tuple[InvoiceLine, ...]:
    """The lines of a credit note."""
    return tuple(
        InvoiceLine(
            line_number=line.line_number,
            kind=line.kind,
            sku=line.sku,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            amount=line.amount,
            tax=line.tax,
            freight=line.freight,
        )
        for line in historic_lines(row)
    )


def _invoice_of(migrated: MigratedOrder) -> ImportedInvoice | None:
    invoice, payment = migrated.invoice, migrated.payment
    if invoice is None:
        return None
    return ImportedInvoice(
        invoice_id=invoice.id,
        payable=invoice.payable,
        open=invoice.open,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        overdue=invoice.overdue or (payment is not None and payment.value_date > invoice.due_date),
        product_lines=by_product_line(migrated.order, {line.line_number: line for line in invoice.lines}),
    )


def _payment_of(migrated: MigratedOrder) -> ImportedPayment | None:
    if (payment := migrated.payment) is None:
        return None
    return ImportedPayment(payment_id=payment.id, amount=payment.amount, value_date=payment.value_date)


def _order(row: HistoricDocument, id: str, partner_id: str, *, now: datetime) -> Order:
    opening = Opening(
        partner_id=partner_id,
        purchase_order_number=row.purchase_order_number,
        currency=row.currency,
        fx_rate=row.fx_rate,
        territory=row.territory,
        ship_to_country=row.ship_to_country,
        ship_to_subdivision=row.ship_to_subdivision,
        order_date=row.order_date,
        requested_delivery_date=row.requested_delivery_date,
        external_source=row.external_source,
        external_id=row.external_id,
        imported_as=row.row_hash,
    )
    lines = historic_lines(row)
    totals = totals_of(lines, row.currency)
    return replace(
        open_order(opening, id=id, now=now),
        state=OrderState.CANCELED if row.canceled else OrderState.CONFIRMED,
        cancel_reason=CancelReason.OTHER if row.canceled else None,
        lines=lines,
        totals=totals,
        freight=totals.freight,
        not_invoiced=Money.zero(row.currency) if row.canceled else totals.total,
    )


def _shipped(migrated: MigratedOrder, row: HistoricDocument, id: str, *, on: date, now: datetime) -> MigratedOrder:
    order = migrated.order
    lines = tuple(ShipmentLine(line_number=line.line_number, quantity=line.quantity) for line in order.goods)
    order = ship(order, lines, shipment_id=id, now=now)
    shipment = new_shipment(order, lines, id=id, ship_date=on, tracking_number=row.tracking_number, now=now)
    if row.deliver_date:
        order, shipment = deliver(order, shipment, row.deliver_date, now=now)
    return replace(migrated, order=order, shipment=shipment)


def _invoiced(migrated: MigratedOrder, row: HistoricDocument, id: str, *, due: date, now: datetime) -> MigratedOrder:
    order = migrated.order
    lines = invoice_lines(order, {line.line_number: line.quantity for line in order.goods})
    issued = row.invoice_date or row.order_date
    invoice, _ = issue(order, lines, id=id, number=row.invoice_number, issue_date=issued, due_date=due, now=now)
    return replace(migrated, order=count_invoice(order, invoice, still_to_invoice=(), now=now), invoice=invoice)


def _paid(migrated: MigratedOrder, row: HistoricDocument, id: str, *, now: datetime) -> MigratedOrder:
    invoice = migrated.invoice
    if invoice is None or row.paid_date is None or not invoice.open.amount:
        return migrated
    after = pay(invoice, invoice.open, now=now)
    payment = new_payment(invoice, id=id, amount=invoice.open, value_date=row.paid_date, now=now)
    return replace(
        migrated, order=count_settlement(migrated.order, invoice, after, now=now), invoice=after, payment=payment
    )
