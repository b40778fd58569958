"""The kinds of allocations and refunds, with their indexes."""

from libs.store.port import Index, Kind
from services.orders.balance.domain.allocation import Allocation
from services.orders.balance.domain.refund import Refund

ALLOCATIONS = Kind(
    "allocation",
    Allocation,
    (
        Index(("credit_id",)),
        Index(("order_id",)),
        Index(("partner_id", "allocate_date")),
        Index(("partner_id", "reverse_date")),
    ),
    owner="partner_id",
)


REFUNDS = Kind(
    "refund",
    Refund,
    (Index(("partner_id", "refund_date")), Index(("external_source", "external_id"), unique=True)),
    owner="partner_id",
)


KINDS = (ALLOCATIONS, REFUNDS)
