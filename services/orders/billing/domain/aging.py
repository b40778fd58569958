"""Open amounts of invoices by days past due, and of credits; amounts of different currencies are never added."""

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec.structs import replace

from libs.money import Money
from services.orders.billing.domain.invoice import Invoice
from services.orders.credit.domain import PartnerCredit

# The highest number of days past due of each bucket; above these, LAST_BUCKET counts.
BUCKETS = ((0, "current"), (30, "days_1_to_30"), (60, "days_31_to_60"), (90, "days_61_to_90"))
LAST_BUCKET = "days_over_90"


class DunningRow(msgspec.Struct, frozen=True, kw_only=True):
    """The open amounts of overdue invoices with the same dunning level."""

    dunning_level: int
    open: Money
    invoice_count: int = 0
    blocked_count: int = 0


class AgingRow(msgspec.Struct, frozen=True, kw_only=True):
    """The open amounts in one currency."""

    currency: str
    current: Money
    days_1_to_30: Money
    days_31_to_60: Money
    days_61_to_90: Money
    days_over_90: Money
    total: Money
    invoice_count: int = 0
    dunning: tuple[DunningRow, ...] = ()
    open_credits: Money
    credit_count: int = 0
    balance: Money


def add_invoices(rows: dict[str, AgingRow], invoices: Iterable[Invoice], as_of: date) -> None:
    """Add these invoices to the row of their currency."""
    for invoice in invoices:
        row = rows.get(invoice.currency) or _empty(invoice.currency)
        name = bucket((as_of - invoice.due_date).days)
        amount: Money = getattr(row, name)
        rows[invoice.currency] = replace(
            row,
            **{name: amount + invoice.open},
            total=row.total + invoice.open,
            balance=row.balance + invoice.open,
            invoice_count=row.invoice_count + 1,
            dunning=_with_dunned(row.dunning, invoice) if invoice.overdue else row.dunning,
        )


def add_credits(rows: dict[str, AgingRow], credits: Iterable[PartnerCredit]) -> None:
    """Add these credits to the row of their currency."""
    for credit in credits:
        row = rows.get(credit.currency) or _empty(credit.currency)
        rows[credit.currency] = replace(
            row,
            open_credits=row.open_credits + credit.open,
            credit_count=row.credit_count + 1,
            balance=row.balance - credit.open,
        )


def bucket(days_past_due: int) -> str:
    """The name of the row field that counts invoices so many days past due."""
    return next((name for last, name in BUCKETS if days_past_due <= last), LAST_BUCKET)


def _with_dunned(rows: tuple[DunningRow, ...], invoice: Invoice) -> tuple[DunningRow, ...]:
    by_level = {row.dunning_level: row for row in rows}
    level = invoice.dunning_level
    row = by_level.get(level) or DunningRow(dunning_level=level, open=Money.zero(invoice.currency))
    by_level[level] = replace(
        row,
        open=row.open + invoice.open,
        invoice_count=row.invoice_count + 1,
        blocked_count=row.blocked_count + (invoice.dunning_block is not None),
    )
    return tuple(by_level[one] for one in sorted(by_level))


def _empty(currency: str) -> AgingRow:
    nothing = Money.zero(currency)
    return AgingRow(
        currency=currency,
        current=nothing,
        days_1_to_30=nothing,
        days_31_to_60=nothing,
        days_61_to_90=nothing,
        days_over_90=nothing,
        total=nothing,
        open_credits=nothing,
        balance=nothing,
    )
