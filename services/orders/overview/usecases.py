"""Composes an order with its shipments, invoices, credit notes, payments, returns and allocations."""

import msgspec

from libs.call import Command
from libs.store.port import ROWS_PER_PAGE, D, Kind, Query
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import Allocation
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.record.documents import ORDERS, SHIPMENTS
from services.orders.record.domain.goods import Shipment
from services.orders.record.domain.order import Order
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import Return
from services.orders.settings import Env


class GetOrder(Command, frozen=True, kw_only=True):
    """Load an order with all that belongs to it."""

    id: str


class OrderOverview(msgspec.Struct, frozen=True, kw_only=True):
    """An order with what belongs to it, in order of creation, the first 200 of each kind."""

    order: Order
    shipments: tuple[Shipment, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    payments: tuple[Payment, ...] = ()
    returns: tuple[Return, ...] = ()
    allocations: tuple[Allocation, ...] = ()


async def get_order(env: Env, cmd: GetOrder) -> OrderOverview:
    """The present order with what belongs to it."""
    order = await env.show(ORDERS, cmd.id, call=cmd.call)
    if not order.may_have_followers:
        return OrderOverview(order=order)
    return OrderOverview(
        order=order,
        shipments=await _of(env, SHIPMENTS, cmd.id),
        invoices=await _of(env, INVOICES, cmd.id),
        credit_notes=await _of(env, CREDIT_NOTES, cmd.id),
        payments=await _of(env, PAYMENTS, cmd.id),
        returns=await _of(env, RETURNS, cmd.id),
        allocations=await _of(env, ALLOCATIONS, cmd.id),
    )


async def _of(env: Env, kind: Kind[D], order_id: str) -> tuple[D, ...]:
    page = await env.store.find(Query(kind=kind, equals={"order_id": order_id}, limit=ROWS_PER_PAGE))
    return tuple(loaded.value for loaded in page.rows)
