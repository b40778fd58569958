"""The reversal of payments."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from msgspec.structs import replace

from libs.errors import AppError, Code, Violation
from libs.money import Money
from services.orders.balance.domain.allocation import INVOICES_PER_CALL, AlreadyReversed
from services.orders.billing.domain.invoice import Invoice, balanced
from services.orders.billing.domain.payment import Payment
from services.orders.billing.domain.states import PaymentReversalReason
from services.orders.credit.domain import PartnerCredit
from services.orders.record.domain.violations import begun_violations, early_violations


class CreditInUse(AppError):
    """The credit of the payment was refunded in part, or has more allocations than one call can reverse."""

    code, reason = Code.FAILED_PRECONDITION, "CREDIT_IN_USE"

    def __init__(self, credit: PartnerCredit, allocations: int) -> None:
        super().__init__(
            f"{credit.refunded.decimal} of credit {credit.id} are refunded, and {allocations} allocations hold",
            id=credit.id,
            refunded=credit.refunded.decimal,
            allocations=allocations,
            most=INVOICES_PER_CALL,
        )


def day_violations(payment: Payment, on: date, *, latest: date) -> Iterator[Violation]:
    """The violations of the reversal day `on`: after `latest` (the last day that has begun), or before the value
    date."""
    yield from begun_violations("reverse_date", on, latest=latest)
    yield from early_violations("reverse_date", on, payment.value_date)


def reversed_payment(payment: Payment, *, on: date, reason: PaymentReversalReason, now: datetime) -> Payment:
    """The payment, reversed as of the day `on`; AlreadyReversed."""
    if payment.reverse_date is not None:
        raise AlreadyReversed("payment", payment.id)
    return replace(payment, reverse_date=on, reverse_reason=reason, reverse_time=now)


def unpaid(invoice: Invoice, amount: Money, *, now: datetime) -> Invoice:
    """The invoice after a payment of `amount` for it was reversed."""
    return balanced(replace(invoice, paid=invoice.paid - amount, update_time=now))


def withdrawn(credit: PartnerCredit, *, allocations: int, now: datetime) -> PartnerCredit:
    """The credit of a reversed payment, with all amounts zero but the refunded one. allocations: how many are to be
    reversed with it. CreditInUse."""
    if credit.refunded.amount or allocations > INVOICES_PER_CALL:
        raise CreditInUse(credit, allocations)
    nothing = Money.zero(credit.currency)
    return replace(credit, amount=nothing, allocated=nothing, open=nothing, open_date=None, update_time=now)


class Reclaim(NamedTuple):
    """How much of a credit counts for the invoice of its credit note again."""

    invoice: Invoice
    credit: PartnerCredit
    amount: Money


def reclaimed(invoice: Invoice, credit: PartnerCredit, *, now: datetime) -> Reclaim | None:
    """The invoice with what is open of a credit that it released counting for it again, as far as the invoice is open,
    and the credit with that much less; None if there is nothing to count."""
    amount = min(invoice.released or Money.zero(invoice.currency), invoice.open, credit.open)
    if invoice.released is None or not amount.amount:
        return None
    released = invoice.released - amount
    left = credit.open - amount
    return Reclaim(
        balanced(replace(invoice, released=released if released.amount else None, update_time=now)),
        replace(
            credit,
            amount=credit.amount - amount,
            open=left,
            open_date=credit.date if left.amount else None,
            update_time=now,
        ),
        amount,
    )
