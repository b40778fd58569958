"""A statement of account: the documents of a partner in one currency, day by day, with a running balance."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.money import Money
from services.orders.balance.domain.allocation import Allocation
from services.orders.balance.domain.refund import Refund
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment

ENTRIES_PER_STATEMENT = 20_000
Day = date  # the type of fields that are named `date`


class StatementEntryType(Enum):
    """The document or reversal that an entry shows."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"
    PAYMENT = "PAYMENT"
    PAYMENT_REVERSAL = "PAYMENT_REVERSAL"
    REFUND = "REFUND"
    ALLOCATION = "ALLOCATION"
    ALLOCATION_REVERSAL = "ALLOCATION_REVERSAL"


_RANKS = {one: rank for rank, one in enumerate(StatementEntryType)}


class Position(NamedTuple):
    """The sort key of an entry: its day, the rank of its type, the id of its document."""

    date: Day
    rank: int
    id: str


class StatementEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line. amount: the change of what the partner owes, negative if it owes less; balance: what the partner owes
    after the entry. allocated: the amount of an allocation or its reversal, which leave the balance unchanged."""

    type: StatementEntryType
    date: Day
    amount: Money
    balance: Money
    allocated: Money | None = None
    number: str = ""
    due_date: Day | None = None
    order_id: str = ""
    invoice_id: str = ""
    credit_note_id: str = ""
    payment_id: str = ""
    refund_id: str = ""
    allocation_id: str = ""
    credit_id: str = ""
    position: Position


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a statement, with the balances at the beginning and the end of the whole statement."""

    opening_balance: Money
    entries: tuple[StatementEntry, ...]
    closing_balance: Money


class TooManyEntries(AppError):
    """The statement has more entries that change the balance than one may have."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_ENTRIES"

    def __init__(self) -> None:
        super().__init__(
            f"there are more than {ENTRIES_PER_STATEMENT} documents; name a shorter period",
            limit=ENTRIES_PER_STATEMENT,
        )


def running(entries: Iterable[StatementEntry], balance: Money) -> tuple[StatementEntry, ...]:
    """The entries, each with the balance after it; balance: before the first."""
    shown = []
    for entry in entries:
        balance += entry.amount
        shown.append(replace(entry, balance=balance))
    return tuple(shown)


def invoice_entries(invoices: Iterable[Invoice]) -> Iterator[StatementEntry]:
    """An entry per invoice: the partner owes more from the day of issue."""
    for one in invoices:
        yield _entry(
            StatementEntryType.INVOICE,
            one,
            one.issue_date,
            amount=one.payable,
            number=one.number,
            due_date=one.due_date,
            order_id=one.order_id,
            invoice_id=one.id,
        )


def credit_note_entries(notes: Iterable[CreditNote]) -> Iterator[StatementEntry]:
    """An entry per credit note: the partner owes less from the day of issue."""
    for one in notes:
        yield _entry(
            StatementEntryType.CREDIT_NOTE,
            one,
            one.issue_date,
            amount=-one.payable,
            number=one.number,
            order_id=one.order_id,
            invoice_id=one.invoice_id,
            credit_note_id=one.id,
        )


def payment_entries(payments: Iterable[Payment]) -> Iterator[StatementEntry]:
    """An entry per payment: the partner owes less from the value date."""
    for one in payments:
        yield _entry(
            StatementEntryType.PAYMENT,
            one,
            one.value_date,
            amount=-one.amount,
            order_id=one.order_id,
            invoice_id=one.invoice_id,
            payment_id=one.id,
        )


def payment_reversal_entries(payments: Iterable[Payment]) -> Iterator[StatementEntry]:
    """An entry per reversed payment: the partner owes the amount again from the reversal date."""
    for one in payments:
        if one.reverse_date is not None:
            yield _entry(
                StatementEntryType.PAYMENT_REVERSAL,
                one,
                one.reverse_date,
                amount=one.amount,
                order_id=one.order_id,
                invoice_id=one.invoice_id,
                payment_id=one.id,
            )


def refund_entries(refunds: Iterable[Refund]) -> Iterator[StatementEntry]:
    """An entry per refund: we owe the partner less from the refund date."""
    for one in refunds:
        yield _entry(StatementEntryType.REFUND, one, one.refund_date, amount=one.amount, refund_id=one.id)


def allocation_entries(allocations: Iterable[Allocation]) -> Iterator[StatementEntry]:
    """An entry per allocation; it settles open amounts and leaves the balance unchanged."""
    for one in allocations:
        yield _moved(StatementEntryType.ALLOCATION, one, one.allocate_date)


def allocation_reversal_entries(allocations: Iterable[Allocation]) -> Iterator[StatementEntry]:
    """An entry per reversed allocation; it reopens amounts and leaves the balance unchanged."""
    for one in allocations:
        if one.reverse_date is not None:
            yield _moved(StatementEntryType.ALLOCATION_REVERSAL, one, one.reverse_date)


def _moved(type: StatementEntryType, one: Allocation, on: Day) -> StatementEntry:
    return _entry(
        type,
        one,
        on,
        amount=Money.zero(one.amount.currency),
        allocated=one.amount,
        order_id=one.order_id,
        invoice_id=one.invoice_id,
        allocation_id=one.id,
        credit_id=one.credit_id,
    )


def _entry(type: StatementEntryType, of: Document, on: Day, *, amount: Money, **about: Any) -> StatementEntry:
    position = Position(on, _RANKS[type], of.id)
    return StatementEntry(type=type, date=on, amount=amount, balance=amount, position=position, **about)
