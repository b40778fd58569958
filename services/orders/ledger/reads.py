"""What the ledger reads of the documents of an order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from msgspec.structs import replace

from libs.document import Document
from libs.exchange import RateTable, exchange_rate, first_day_for
from libs.rates_projection import tables_between
from libs.store.port import ROWS_PER_PAGE, Kind, Query, Scalar, get
from services.orders.balance.documents import ALLOCATIONS
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import InvoiceLine
from services.orders.billing.domain.states import CreditNoteReason
from services.orders.incentives.domain.plan import Plan
from services.orders.ledger.domain.counting import CreditedSale, FxOf, pinned
from services.orders.ledger.domain.crediting import Fx
from services.orders.ledger.domain.record import SaleRecord
from services.orders.ledger.domain.sources import Invoiced, Noted, Part, Sale, Settled, SoldLine, SourceLine, TakenBack
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import BINDING, CancelReason, OrderState
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import Return
from services.orders.returns.domain.states import ReturnResolution, ReturnState
from services.orders.settings import Env

D = TypeVar("D", bound=Document)


async def rows_of(env: Env, kind: Kind[D], equals: Mapping[str, Scalar]) -> tuple[D, ...]:
    """Every document with these values, however many."""
    found: list[D] = []
    query = Query(kind=kind, equals=equals, limit=ROWS_PER_PAGE)
    while True:
        page = await env.store.find(query)
        found += [row.value for row in page.rows]
        if not page.next_cursor:
            return tuple(found)
        query = replace(query, cursor=page.next_cursor)


async def sale_of(env: Env, record: SaleRecord) -> Sale:
    """What the documents of an order say now; without lines while it is not confirmed."""
    held = await get(env.store, ORDERS, record.id)
    order = held.value if held is not None else None
    if order is None or not _was_confirmed(order):
        return Sale(record.id, "", date.min)
    about: Mapping[str, Scalar] = {"order_id": order.id}
    payments = [one for one in await rows_of(env, PAYMENTS, about) if one.invoice_id]
    allocations = await rows_of(env, ALLOCATIONS, about)
    received = [(one.id, one.invoice_id, one.amount.amount, one.value_date, one.reverse_date) for one in payments]
    received += [
        (one.id, one.invoice_id, one.amount.amount, one.allocate_date, one.reverse_date) for one in allocations
    ]
    return Sale(
        order_id=order.id,
        currency=order.currency,
        day=order.order_date,
        lines=tuple(
            SoldLine(one.sku, one.product_line, Part(one.line_number, one.quantity, one.amount.amount))
            for one in order.goods
        ),
        taken_back=(*_ended(order, record), *_returned(env, await rows_of(env, RETURNS, about))),
        invoices=tuple(
            Invoiced(one.id, one.issue_date, one.payable.amount, _parts(one.lines))
            for one in await rows_of(env, INVOICES, about)
        ),
        notes=tuple(map(_noted, await rows_of(env, CREDIT_NOTES, about))),
        settled=tuple(one for row in received for one in _settled(*row)),
    )


async def fx_of(env: Env, sale: Sale, plans: Iterable[Plan], before: Sequence[CreditedSale]) -> FxOf:
    """The rates for a sale: those that were pinned before, else those of the days of its documents."""
    kept = pinned(before)
    days = [sale.day, *(one.day for one in sale.invoices), *(one.day for one in sale.settled)]
    sources = {one.rate_source for one in plans if one.rate_source and one.currency != sale.currency}
    tables: dict[str, tuple[RateTable, ...]] = {}
    for source in sorted(sources):
        tables[source] = await tables_between(env.store, source, first=first_day_for(min(days)), last=max(days))

    def found(currency: str, plan: Plan, line: SourceLine) -> Fx | None:
        if currency == plan.currency:
            return None
        if (held := kept.get((plan.id, line.document_id))) is not None:
            return held
        source = plan.rate_source
        rate = exchange_rate(tables[source], currency, plan.currency, on=line.day, source=source)
        return Fx(
            from_currency=currency,
            rate=rate.rate,
            numerator=rate.numerator,
            denominator=rate.denominator,
            date=min((leg.date for leg in rate.legs), default=line.day),
            source=source,
        )

    return found


def is_over(order: Order) -> bool:
    """Whether an order was canceled, or closed before everything was shipped."""
    return order.state is OrderState.CANCELED or any(one.canceled_quantity for one in order.goods)


def _was_confirmed(order: Order) -> bool:
    return order.state in BINDING or (order.state is OrderState.CANCELED and order.confirm_time is not None)


def _ended(order: Order, record: SaleRecord) -> tuple[TakenBack, ...]:
    """The pieces that will not be shipped. Where the vendor itself failed to deliver, the commission survives."""
    if not is_over(order) or order.cancel_reason is CancelReason.OUT_OF_STOCK:
        return ()
    whole = order.state is OrderState.CANCELED
    parts = [
        Part(one.line_number, one.quantity if whole else one.canceled_quantity, 0)
        for one in order.goods
        if whole or one.canceled_quantity
    ]
    return (TakenBack(order.id, record.end_day or order.order_date, tuple(parts)),)


def _returned(env: Env, returns: Iterable[Return]) -> tuple[TakenBack, ...]:
    """The pieces that came back for money, not for others."""
    return tuple(
        TakenBack(
            one.id,
            one.receive_date or env.day_of(one.create_time),
            tuple(Part(line.line_number, line.to_settle, 0) for line in one.lines if line.to_settle > 0),
        )
        for one in returns
        if one.state is ReturnState.REFUNDED
        or (one.state is ReturnState.INSPECTED and one.resolution is ReturnResolution.REFUND)
    )


def _noted(note: CreditNote) -> Noted:
    for_goods = bool(note.return_id) or note.reason is CreditNoteReason.RETURN
    return Noted(note.id, note.issue_date, note.invoice_id, note.payable.amount, _parts(note.lines), for_goods)


def _parts(lines: Iterable[InvoiceLine]) -> tuple[Part, ...]:
    return tuple(Part(one.line_number, one.quantity, one.amount.amount) for one in lines)


def _settled(id: str, invoice_id: str, amount: int, day: date, reversed_on: date | None) -> tuple[Settled, ...]:
    """Money that came, and that it went again."""
    came = Settled(id, day, invoice_id, amount)
    return (came,) if reversed_on is None else (came, Settled(f"{id}:reversed", reversed_on, invoice_id, -amount))
