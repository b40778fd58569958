"""What is open on invoices, by how long it is past due; currencies are never added up."""

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec.structs import replace

from libs.money import Money
from services.orders.domain.invoice import Invoice

# The last day past due that a bucket takes; what is later is in the last one.
BUCKETS = ((0, "current"), (30, "days_1_to_30"), (60, "days_31_to_60"), (90, "days_61_to_90"))
LAST_BUCKET = "days_over_90"


class AgingRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is open in one currency."""

    currency: str
    current: Money
    days_1_to_30: Money
    days_31_to_60: Money
    days_61_to_90: Money
    days_over_90: Money
    total: Money
    invoice_count: int = 0


def add_invoices(rows: dict[str, AgingRow], invoices: Iterable[Invoice], as_of: date) -> None:
    """Count these invoices in the rows, by currency."""
    for invoice in invoices:
        row = rows.get(invoice.currency) or _empty(invoice.currency)
        name = bucket((as_of - invoice.due_date).days)
        amount: Money = getattr(row, name)
        rows[invoice.currency] = replace(
            row,
            **{name: amount + invoice.open},
            total=row.total + invoice.open,
            invoice_count=row.invoice_count + 1,
        )


def bucket(days_past_due: int) -> str:
    """The field of a row that days past due are counted in."""
    return next((name for last, name in BUCKETS if days_past_due <= last), LAST_BUCKET)


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
    )
