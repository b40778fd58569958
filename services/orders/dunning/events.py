"""The events of dunning; the protos document each of them."""

from datetime import date

from libs.money import Money
from services.orders.billing.domain.states import DunningBlockReason
from services.orders.record.events import OrderEvent


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
