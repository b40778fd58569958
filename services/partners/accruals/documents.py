"""The kind of invoices that may accrue, with its indexes."""

from libs.store.port import Index, Kind
from services.partners.accruals.domain import InvoiceShare

INVOICE_SHARES = Kind(
    "invoice_share",
    InvoiceShare,
    (Index(("pending",)), Index(("partner_id", "fund_id", "issue_date")), Index(("partner_id", "order_id"))),
    owner="partner_id",
)

KINDS = (INVOICE_SHARES,)
