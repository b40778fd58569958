"""The kind of returns, with its index."""

from libs.store.port import Index, Kind
from services.orders.returns.domain.rma import Return

RETURNS = Kind("return", Return, (Index(("order_id",)),), owner="partner_id")
KINDS = (RETURNS,)
