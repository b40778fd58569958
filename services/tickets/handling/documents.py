"""The kind of orders, of which handling stores the partner."""

from libs.document import Document
from libs.store.port import Kind


class OrderFacts(Document, frozen=True, kw_only=True):
    """The partner of an order, from the events of orders. facts_version: the version of the order that first had this
    partner, as far as events have arrived."""

    partner_id: str
    facts_version: int = 0


ORDERS = Kind("order", OrderFacts, owner="partner_id")

KINDS = (ORDERS,)
