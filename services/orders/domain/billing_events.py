"""What happened after goods left, and what was taken over, as other services hear it; the protos say what it means."""

from datetime import date

import msgspec

from libs.money import Money
from services.orders.domain.events import OrderEvent
from services.orders.domain.states import CreditNoteReason, DunningBlockReason, OrderState, ReturnReason


class InvoiceIssued(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    payable: Money
    issue_date: date
    due_date: date


class InvoiceFellOverdue(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    open: Money
    due_date: date


class InvoiceDunned(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    number: str
    open: Money
    due_date: date
    dunning_level: int
    final_notice: bool


class InvoiceDunningBlocked(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    reason: DunningBlockReason
    until: date | None


class InvoiceDunningBlockEnded(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    reason: DunningBlockReason


class InvoicePaid(OrderEvent, frozen=True, kw_only=True):
    invoice_id: str
    overdue: bool


class CreditNoteIssued(OrderEvent, frozen=True, kw_only=True):
    credit_note_id: str
    invoice_id: str
    payable: Money
    reason: CreditNoteReason


class PaymentRecorded(OrderEvent, frozen=True, kw_only=True):
    payment_id: str
    invoice_id: str
    amount: Money
    value_date: date


class ReturnEvent(OrderEvent, frozen=True, kw_only=True):
    """What every event of a return names."""

    return_id: str


class ReturnAuthorized(ReturnEvent, frozen=True, kw_only=True):
    ticket_id: str
    reason: ReturnReason


class ReturnReceived(ReturnEvent, frozen=True, kw_only=True):
    receive_date: date


class ReturnInspected(ReturnEvent, frozen=True, kw_only=True):
    accepted: bool


class ReturnRefunded(ReturnEvent, frozen=True, kw_only=True):
    credit_note_id: str


class ReturnReplaced(ReturnEvent, frozen=True, kw_only=True):
    shipment_id: str


class OrderImported(OrderEvent, frozen=True, kw_only=True):
    state: OrderState
    total: Money
    order_date: date
    ship_to_country: str


class CreditNoteImported(msgspec.Struct, frozen=True, kw_only=True):
    credit_note_id: str
    order_id: str
    partner_id: str
    payable: Money
    issue_date: date
