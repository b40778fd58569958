"""The events of imports; the protos document each of them."""

from datetime import date

import msgspec

from libs.money import Money
from services.orders.record.domain.states import OrderState
from services.orders.record.events import OrderEvent, ProductLineAmount


class ImportedInvoice(msgspec.Struct, frozen=True, kw_only=True):
    invoice_id: str
    payable: Money
    open: Money
    issue_date: date
    due_date: date
    overdue: bool
    product_lines: tuple[ProductLineAmount, ...]


class ImportedPayment(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: str
    amount: Money
    value_date: date


class OrderImported(OrderEvent, frozen=True, kw_only=True):
    state: OrderState
    total: Money
    order_date: date
    ship_to_country: str
    product_lines: tuple[ProductLineAmount, ...]
    invoice: ImportedInvoice | None
    payment: ImportedPayment | None


class CreditNoteImported(msgspec.Struct, frozen=True, kw_only=True):
    credit_note_id: str
    order_id: str
    partner_id: str
    payable: Money
    issue_date: date
    product_lines: tuple[ProductLineAmount, ...]
