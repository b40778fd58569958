"""Composes an order with its shipments, invoices, credit notes, payments, returns and allocations."""

from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.store.listing import PAGE_BYTES, bytes_of, fitting
from libs.store.port import ROWS_PER_PAGE, Kind, Loaded, Query
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

T = TypeVar("T", Shipment, Return)
_SERIALS = frozenset({"serials", "received_serials", "accepted_serials", "sent_back_serials"})


class GetOrder(Command, frozen=True, kw_only=True):
    """Get an order with all that belongs to it."""

    id: str


class OrderOverview(msgspec.Struct, frozen=True, kw_only=True):
    """An order with what belongs to it, in order of creation, the first 200 of each kind. left_off: the paths of fields
    left out because the answer would be too large, and of lists that are not complete."""

    order: Order
    shipments: tuple[Shipment, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    payments: tuple[Payment, ...] = ()
    returns: tuple[Return, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    left_off: tuple[str, ...] = ()


LISTS: dict[str, Kind[Any]] = {
    "shipments": SHIPMENTS,
    "invoices": INVOICES,
    "credit_notes": CREDIT_NOTES,
    "payments": PAYMENTS,
    "returns": RETURNS,
    "allocations": ALLOCATIONS,
}
WITH_SERIALS = ("shipments", "returns")


async def get_order(env: Env, cmd: GetOrder) -> OrderOverview:
    """The order as it is now, with what belongs to it."""
    order = await env.show(ORDERS, cmd.id, call=cmd.call)
    if not order.may_have_followers:
        return OrderOverview(order=order)
    pages = {
        name: await env.store.find(Query(kind=kind, equals={"order_id": cmd.id}, limit=ROWS_PER_PAGE))
        for name, kind in LISTS.items()
    }
    rows = {name: list(page.rows) for name, page in pages.items()}
    left_off: list[str] = []
    if sum(map(bytes_of, rows.values())) > PAGE_BYTES:
        for name in WITH_SERIALS:
            rows[name] = [Loaded(LISTS[name], _without_serials(one.value)) for one in rows[name]]
            left_off += (f"{name}.lines.serials",) if rows[name] else ()
    if sum(map(bytes_of, rows.values())) > PAGE_BYTES:
        rows = {name: found[: fitting(found, PAGE_BYTES // len(rows))] for name, found in rows.items()}
    left_off += (name for name, page in pages.items() if page.next_cursor or len(rows[name]) < len(page.rows))
    shown = {name: tuple(one.value for one in found) for name, found in rows.items()}
    return OrderOverview(order=order, left_off=tuple(left_off), **shown)


def _without_serials(one: T) -> T:
    lines = (replace(line, **dict.fromkeys(_SERIALS & set(line.__struct_fields__), ())) for line in one.lines)
    return replace(one, lines=tuple(lines))
