"""The events of invoices, credit notes and payments; the protos document each of them."""

from datetime import date

from libs.money import Money
from services.orders.billing.domain.states import CreditNoteReason
from services.orders.record.events import OrderEvent, ProductLineAmount


class InvoiceIssued(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    payable: Money
    issue_date: date
    due_date: date
    product_lines: tuple[ProductLineAmount, ...]
    ship_to_country: str
    subtotal: Money


class InvoicePaid(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    overdue: bool


class InvoiceReopened(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    open: Money


class CreditNoteIssued(OrderEvent, frozen=True, kw_only=True):
    credit_note_id: str
    invoice_id: str
    payable: Money
    reason: CreditNoteReason
    product_lines: tuple[ProductLineAmount, ...]
    ship_to_country: str


class PaymentRecorded(OrderEvent, frozen=True, kw_only=True):
    payment_id: str
    invoice_id: str
    amount: Money
    value_date: date
