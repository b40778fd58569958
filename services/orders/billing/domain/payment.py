"""Payments for an invoice or on the account of a partner."""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.money import Money
from services.orders.billing.domain.invoice import Invoice, balanced
from services.orders.billing.domain.states import PaymentReversalReason
from services.orders.billing.events import PaymentRecorded
from services.orders.record.domain.amounts import currency_mismatches


class Payment(Document, frozen=True, kw_only=True):
    """A payment for an invoice or on account. `external_id`, unless None, is unique per source. reverse_date: the day
    from which it no longer counts, None unless it was reversed; reverse_time: when the reversal was recorded."""

    invoice_id: str = ""
    order_id: str = ""
    partner_id: str
    amount: Money
    value_date: date
    external_source: str = ""
    external_id: str | None = None
    create_time: datetime
    reverse_date: date | None = None
    reverse_reason: PaymentReversalReason | None = None
    reverse_time: datetime | None = None

    @property
    def update_time(self) -> datetime:
        """When the payment was recorded or reversed."""
        return self.reverse_time or self.create_time


class MoreThanOpen(AppError):
    """The amount exceeds what is open on the invoice."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_OPEN"

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(
            f"{invoice.open.decimal} {invoice.currency} are open on invoice {invoice.number}",
            invoice_id=invoice.id,
            open=invoice.open.decimal,
            currency=invoice.currency,
        )


def new_payment(
    invoice: Invoice,
    *,
    id: str,
    amount: Money,
    value_date: date,
    external_source: str = "",
    external_id: str | None = None,
    now: datetime,
) -> Payment:
    """A payment for this invoice."""
    return Payment(
        id=id,
        invoice_id=invoice.id,
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        amount=amount,
        value_date=value_date,
        external_source=external_source,
        external_id=external_id,
        create_time=now,
    )


def pay(invoice: Invoice, amount: Money, *, now: datetime) -> Invoice:
    """The invoice with `amount` more paid. MoreThanOpen; InvalidInput for another currency and for a fraction of its
    smallest unit."""
    if found := tuple(payment_violations(amount, invoice.currency)):
        raise InvalidInput(found)
    if invoice.open < amount:
        raise MoreThanOpen(invoice)
    return balanced(replace(invoice, paid=invoice.paid + amount, update_time=now))


def payment_violations(amount: Money, currency: str) -> Iterator[Violation]:
    """The violations of a payment amount: another currency, or a fraction of its smallest unit."""
    yield from currency_mismatches({"amount": amount}, currency)
    if amount != amount.payable():
        yield Violation("amount", f"is finer than {amount.currency} can be paid", "BAD_AMOUNT")


def payment_recorded(payment: Payment) -> PaymentRecorded:
    """The event of a payment."""
    return PaymentRecorded(
        order_id=payment.order_id,
        partner_id=payment.partner_id,
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        amount=payment.amount,
        value_date=payment.value_date,
    )
