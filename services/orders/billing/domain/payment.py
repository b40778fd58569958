"""Money that came in, for an invoice or on a partner's account."""

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
    """Money that came in, for an invoice or on the partner's account; `external_id` is unique per source, None does not
    count. reverse_date: from which day on it does not count, None while it does; reverse_time: when that was
    recorded."""

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
        """When it last changed."""
        return self.reverse_time or self.create_time


class MoreThanOpen(AppError):
    """More money than the invoice has open."""

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
    """Money that came in for an invoice."""
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
    """The invoice with less open. MoreThanOpen; InvalidInput for another currency and for what no bank can transfer."""
    if found := tuple(payment_violations(amount, invoice.currency)):
        raise InvalidInput(found)
    if invoice.open < amount:
        raise MoreThanOpen(invoice)
    return balanced(replace(invoice, paid=invoice.paid + amount, update_time=now))


def payment_violations(amount: Money, currency: str) -> Iterator[Violation]:
    """The field of an amount that is no payment in this currency."""
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
