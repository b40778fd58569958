"""What the ledger keeps of an order beside its documents."""

from datetime import date, datetime
from typing import Self

from msgspec.structs import replace

from libs.document import Document
from services.orders.incentives.domain.plan import BeneficiaryKind
from services.orders.ledger.domain.crediting import WHOLE, SalesShare


class SaleRecord(Document, frozen=True, kw_only=True):
    """An order that may earn; the id is the order's. due_time: from when on it is to be counted again; None: it is
    counted. shares: of partners and of persons in the sale; the order's partner has the whole of the partners' part
    unless somebody has split it. end_day: the day on which it was seen canceled or closed."""

    partner_id: str
    shares: tuple[SalesShare, ...] = ()
    due_time: datetime | None = None
    end_day: date | None = None

    def handed_over(self, partner_id: str) -> Self:
        """The record of the order as another partner has it now, without the share of the one before that had all of
        the sale; a split that somebody has made stays."""
        own = (BeneficiaryKind.PARTNER, self.partner_id, WHOLE)
        shares = tuple(one for one in self.shares if (one.kind, one.beneficiary_id, one.basis_points) != own)
        return replace(self, partner_id=partner_id, shares=shares)
