"""The pieces that other cells may ask about, and those about which this cell asks."""

from collections.abc import Mapping, Sequence

from libs.cross_checks.checking import CrossChecks
from libs.cross_checks.domain import FINDINGS_AT_MOST, Finding, is_code
from libs.cross_checks.subjects import Form
from libs.store.port import ROWS_PER_PAGE, Query, get, get_all
from services.orders.record.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.settings import Env
from services.orders.tracing.documents import TRACES

_LABEL = "SERIAL"


class Pieces:
    """See libs.cross_checks.subjects.Subjects. Other cells ask about serials, this cell asks about traces."""

    async def indexed(self, env: Env, id: str) -> tuple[Form, ...]:
        """See Subjects. A serial that was shipped; `found` knows whether the piece was taken back since."""
        held = await get(env.store, SERIALS, id)
        return (Form(_LABEL, id),) if held is not None else ()

    async def asked(self, env: Env, id: str) -> tuple[Form, ...]:
        """See Subjects. The serial of a trace."""
        held = await get(env.store, TRACES, id)
        return (Form(_LABEL, held.value.serial_id),) if held is not None else ()

    async def found(self, env: Env, matched: Mapping[str, frozenset[str]]) -> tuple[Finding, ...] | None:
        """See Subjects. The product line, and the month in which the piece was shipped."""
        serials = [one.value for one in (await get_all(env.store, SERIALS, matched)).values()]
        sold = [one for one in serials if not one.returned]
        if not sold:
            return None
        shipments = await get_all(env.store, SHIPMENTS, (one.shipment_id for one in sold))
        orders = await get_all(env.store, ORDERS, (one.order_id for one in sold))
        found = []
        for one in sold[:FINDINGS_AT_MOST]:
            shipment, order = shipments.get(one.shipment_id), orders.get(one.order_id)
            lines = order.value.lines if order else ()
            line = next((line.product_line for line in lines if line.line_number == one.line_number), "")
            month = shipment.value.ship_date.strftime("%Y-%m") if shipment else ""
            found.append(Finding(product_line=line if is_code(line) else "", month=month))
        return tuple(found)

    async def page(self, env: Env, cursor: str) -> tuple[Sequence[str], str]:
        """See Subjects."""
        page = await env.store.find(Query(kind=SERIALS, limit=ROWS_PER_PAGE, cursor=cursor))
        return [row.value.id for row in page.rows], page.next_cursor


PIECES = CrossChecks("orders", Pieces())
