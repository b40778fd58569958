"""The allocation of partner credits to invoices, and its reversal."""

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

INVOICES_PER_CALL = 100  # up to seven writes each: invoice, order, allocation, credit and three events


class AllocationPart(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a credit to allocate to an invoice; amount None: as much as is open on both."""

    invoice_id: str
    amount: Money | None = None


class Allocation(Document, frozen=True, kw_only=True):
    """The allocation of a part of a credit to an invoice. reverse_date: None unless it was reversed; reverse_time: when
    the reversal was recorded."""

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
    """The amount exceeds what is open on the credits."""

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
    """The payment or allocation to reverse is reversed already."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_REVERSED"

    def __init__(self, what: str, id: str) -> None:
        super().__init__(f"{what} {id} is reversed", id=id)


class Share(NamedTuple):
    """How much of one credit goes to one invoice."""

    credit_id: str
    invoice_id: str
    amount: Money


def used(
    credit: PartnerCredit, *, allocated: Money | None = None, refunded: Money | None = None, now: datetime
) -> PartnerCredit:
    """The credit with these amounts added to what is allocated and refunded; a negative amount gives back. A reversal
    holds the credit back from the policy, and an allocation ends that. MoreThanCredit."""
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
        held_back=allocated.amount < 0 if allocated.amount else credit.held_back,
        update_time=now,
    )


def allocated(invoice: Invoice, amount: Money, *, now: datetime) -> Invoice:
    """The invoice with `amount` more allocated to it, or less if that is negative; MoreThanOpen."""
    if invoice.open < amount:
        raise MoreThanOpen(invoice)
    so_far = invoice.allocated + amount if invoice.allocated else amount
    return balanced(replace(invoice, allocated=so_far if so_far.amount else None, update_time=now))


def part_violations(
    parts: Sequence[AllocationPart], invoices: Sequence[Invoice], *, partner_id: str, currency: str
) -> Iterator[Violation]:
    """The violations of `parts` for a credit of this partner and currency; `invoices` are those that the parts name, in
    the same order."""
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
    """How much of the credit goes to each invoice; `invoices` are those that the parts name, in the same order.
    MoreThanOpen, MoreThanCredit, NothingToAllocate."""
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
    """At most `most` shares: the first credit goes to the first invoice as far as both are open, then to the next, and
    so on."""
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
    """The allocation that records a share of a credit to this invoice."""
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
    """The allocation, reversed today; AlreadyReversed."""
    if allocation.reverse_date is not None:
        raise AlreadyReversed("allocation", allocation.id)
    return replace(allocation, reverse_date=today, reverse_time=now)
