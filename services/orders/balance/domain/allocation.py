"""Credits settle invoices: how much of which, and back."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, Violation
from libs.money import Money
from services.orders.billing.domain.invoice import Invoice, balanced
from services.orders.billing.domain.payment import MoreThanOpen
from services.orders.credit.domain import PartnerCredit

INVOICES_PER_CALL = 100  # each with its order, its allocation, its credit and three events: seven writes of one commit


class AllocationPart(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice is to get of a credit; without an amount all that is open on either."""

    invoice_id: str
    amount: Money | None = None


class Allocation(Document, frozen=True, kw_only=True):
    """That a part of a credit settles an invoice. reverse_date: None while it holds; reverse_time: when that was
    recorded."""

    credit_id: str
    invoice_id: str
    order_id: str
    partner_id: str
    amount: Money
    allocate_date: date
    reverse_date: date | None = None
    create_time: datetime
    reverse_time: datetime | None = None


class MoreThanCredit(AppError):
    """More money than the credits have open."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_CREDIT"

    def __init__(self, open: Money, *, credit_id: str = "") -> None:
        super().__init__(
            f"{open.decimal} {open.currency} are open on {f'credit {credit_id}' if credit_id else 'the credits'}",
            credit_id=credit_id,
            open=open.decimal,
            currency=open.currency,
        )


class NothingToAllocate(AppError):
    """Nothing is open on the credit or on the invoices."""

    code, reason = Code.FAILED_PRECONDITION, "NOTHING_TO_ALLOCATE"

    def __init__(self, what: str, id: str) -> None:
        super().__init__(f"nothing is open on {what} {id}", id=id)


class AlreadyReversed(AppError):
    """What was to be taken back was taken back before."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_REVERSED"

    def __init__(self, what: str, id: str) -> None:
        super().__init__(f"{what} {id} is reversed", id=id)


class Share(NamedTuple):
    """What one invoice gets of one credit."""

    credit_id: str
    invoice_id: str
    amount: Money


def used(
    credit: PartnerCredit, *, allocated: Money | None = None, refunded: Money | None = None, now: datetime
) -> PartnerCredit:
    """The credit with more allocated or refunded, or less if the amount is negative; MoreThanCredit."""
    nothing = Money.zero(credit.currency)
    allocated, refunded = allocated or nothing, refunded or nothing
    left = credit.open - allocated - refunded
    if left.amount < 0:
        raise MoreThanCredit(credit.open, credit_id=credit.id)
    return replace(
        credit,
        allocated=credit.allocated + allocated,
        refunded=credit.refunded + refunded,
        open=left,
        open_date=credit.date if left.amount else None,
        update_time=now,
    )


def allocated(invoice: Invoice, amount: Money, *, now: datetime) -> Invoice:
    """The invoice with more settled by credits, or less if the amount is negative; MoreThanOpen."""
    if invoice.open < amount:
        raise MoreThanOpen(invoice)
    so_far = invoice.allocated + amount if invoice.allocated else amount
    return balanced(replace(invoice, allocated=so_far if so_far.amount else None, update_time=now))


def part_violations(
    parts: Sequence[AllocationPart], invoices: Sequence[Invoice], *, partner_id: str, currency: str
) -> Iterator[Violation]:
    """Everything in parts, and the invoices that they name in the same order, that no credit of this partner and
    currency can settle."""
    named: set[str] = set()
    for place, (part, invoice) in enumerate(zip(parts, invoices, strict=True)):
        path = f"parts[{place}]"
        if invoice.partner_id != partner_id:
            yield Violation(f"{path}.invoice_id", "is an invoice of another partner", "PARTNER_MISMATCH")
        if invoice.currency != currency:
            yield Violation(f"{path}.invoice_id", f"is in {invoice.currency}, not in {currency}", "CURRENCY_MISMATCH")
        if part.invoice_id in named:
            yield Violation(f"{path}.invoice_id", "is named twice", "DUPLICATE_INVOICE")
        named.add(part.invoice_id)
        if part.amount is None:
            continue
        if part.amount.currency != currency:
            yield Violation(f"{path}.amount", f"is in {part.amount.currency}, not in {currency}", "CURRENCY_MISMATCH")
        elif part.amount != part.amount.payable():
            yield Violation(f"{path}.amount", f"is finer than {currency} can be paid", "BAD_AMOUNT")


def shares_of(credit: PartnerCredit, parts: Sequence[AllocationPart], invoices: Sequence[Invoice]) -> tuple[Share, ...]:
    """What each of the invoices gets that the parts name in the same order. MoreThanOpen, MoreThanCredit,
    NothingToAllocate."""
    left, found = credit.open, []
    for part, invoice in zip(parts, invoices, strict=True):
        amount = part.amount or min(invoice.open, left)
        if not amount.amount:
            raise NothingToAllocate("invoice" if left.amount else "credit", invoice.id if left.amount else credit.id)
        if invoice.open < amount:
            raise MoreThanOpen(invoice)
        if left < amount:
            raise MoreThanCredit(credit.open, credit_id=credit.id)
        left -= amount
        found.append(Share(credit.id, invoice.id, amount))
    return tuple(found)


def oldest_first(credits: Iterable[PartnerCredit], invoices: Iterable[Invoice], *, most: int) -> tuple[Share, ...]:
    """The first credit to the first invoice as far as both are open, and so on; at most `most` shares."""
    left = {invoice.id: invoice.open for invoice in invoices}
    found: list[Share] = []
    for credit in credits:
        rest = credit.open
        for invoice_id, still_open in left.items():
            amount = min(rest, still_open)
            if amount.amount and len(found) < most:
                found.append(Share(credit.id, invoice_id, amount))
                rest, left[invoice_id] = rest - amount, still_open - amount
    return tuple(found)


def new_allocation(share: Share, invoice: Invoice, *, id: str, today: date, now: datetime) -> Allocation:
    """A share as it is recorded."""
    return Allocation(
        id=id,
        credit_id=share.credit_id,
        invoice_id=share.invoice_id,
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        amount=share.amount,
        allocate_date=today,
        create_time=now,
    )


def reversed_allocation(allocation: Allocation, *, today: date, now: datetime) -> Allocation:
    """The allocation, taken back; AlreadyReversed."""
    if allocation.reverse_date is not None:
        raise AlreadyReversed("allocation", allocation.id)
    return replace(allocation, reverse_date=today, reverse_time=now)
