"""The kind of orders, of which handling stores the partner."""

from libs.document import Document
from libs.store.port import Kind


class OrderFacts(Document, frozen=True, kw_only=True):
    """The partner of an order, from the events of orders; it never changes."""

    partner_id: str


ORDERS = Kind("order", OrderFacts, owner="partner_id")

KINDS = (ORDERS,)
