"""The consumers of the ledger: whatever changes what an order earns marks it to be counted again."""

import msgspec

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from services.orders.billing.documents import INVOICES
from services.orders.ledger.usecases.counting import MarkOrder, mark_order
from services.orders.settings import Env


class OrderPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the events of orders and their documents have in common; of a document without an order, no id. The event of
    a reversed payment names the invoice alone."""

    order_id: str = ""
    invoice_id: str = ""


async def on_document(env: Env, envelope: Envelope, call: Call) -> None:
    """Mark the order of a document."""
    told = EventCodec.decode(envelope, OrderPayload)
    order_id = told.order_id
    if told.invoice_id and not order_id:
        order_id = (await env.load(INVOICES, told.invoice_id, call=call)).value.order_id
    if order_id:
        await env.run(mark_order, MarkOrder(call=call, order_id=order_id))


CONSUMERS: tuple[Consumer[Env], ...] = tuple(
    Consumer(subject, on_document, repeatable=True, part="ledger")
    for subject in (
        *("orders.order.confirmed", "orders.order.canceled", "orders.order.closed"),
        *("orders.order.imported", "orders.order.handed_over"),
        *("orders.invoice.issued", "orders.credit_note.*", "orders.payment.*"),
        *("orders.credit.allocated", "orders.allocation.reversed"),
        *("orders.return.inspected", "orders.return.refunded", "orders.return.replaced"),
    )
)
