"""The kind of returns, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.returns.domain.rma import Return

RETURNS = Kind(
    "return",
    Return,
    (
        *(Index((one,)) for one in ("order_id", "ticket_id")),
        *(Index(("partner_id", one)) for one in ("order_id", "ticket_id")),
        *serving("partner_id", "state", orders=("", "update_time")),
    ),
    owner="partner_id",
)
KINDS = (RETURNS,)
