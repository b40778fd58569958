"""What the ledger keeps of an order beside its documents."""

from datetime import date, datetime

from libs.document import Document
from services.orders.ledger.domain.crediting import SalesShare


class SaleRecord(Document, frozen=True, kw_only=True):
    """An order that may earn; the id is the order's. due_time: from when on it is to be counted again; None: it is
    counted. shares: of partners and of persons in the sale; the order's partner has the whole of the partners' part
    unless somebody has split it. end_day: the day on which it was seen canceled or closed."""

    partner_id: str
    shares: tuple[SalesShare, ...] = ()
    due_time: datetime | None = None
    end_day: date | None = None
