"""The kinds of invoices, credit notes and payments, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice, NumberSeries
from services.orders.billing.domain.payment import Payment

INVOICES = Kind(
    "invoice",
    Invoice,
    (
        Index(("order_id",)),
        Index(("number",), unique=True),
        Index(("partner_id", "order_id")),
        Index(("partner_id", "number")),
        *serving("partner_id", "state", orders=("",)),
        *serving("partner_id", orders=("update_time", "issue_date", "due_date")),
        Index(("open_due",)),
        Index(("partner_id", "open_due")),
        Index(("watch_due",)),
        Index(("dunning_level", "dunning_watch")),
        Index(("dunning_block.until",)),
    ),
    owner="partner_id",
)


CREDIT_NOTES = Kind(
    "credit_note",
    CreditNote,
    (
        *(Index((one,)) for one in ("invoice_id", "order_id")),
        Index(("number",), unique=True),
        Index(("external_source", "external_id"), unique=True),
        *(Index(("partner_id", one)) for one in ("invoice_id", "order_id", "number")),
        *serving("partner_id", orders=("", "update_time", "issue_date")),
        Index(("booked",)),
    ),
    owner="partner_id",
)


PAYMENTS = Kind(
    "payment",
    Payment,
    (
        *(Index((one,)) for one in ("invoice_id", "order_id")),
        Index(("external_source", "external_id"), unique=True),
        *(Index(("partner_id", one)) for one in ("invoice_id", "order_id")),
        *serving("partner_id", orders=("", "update_time", "value_date")),
        Index(("partner_id", "reverse_date")),
    ),
    owner="partner_id",
)


SERIES = Kind("number_series", NumberSeries)
KINDS = (INVOICES, CREDIT_NOTES, PAYMENTS, SERIES)
