"""What handling keeps of orders."""

from libs.document import Document
from libs.store.port import Kind


class OrderFacts(Document, frozen=True, kw_only=True):
    """Whose an order is, as orders told; that never changes."""

    partner_id: str


ORDERS = Kind("order", OrderFacts, owner="partner_id")

KINDS = (ORDERS,)
