"""Orders, invoices and returns in any state, for the tests of orders."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from libs.money import Money
from services.orders.billing.domain.invoice import (
    Invoice,
    count_invoice,
    count_settlement,
    invoice_lines,
    issue,
    shipped_and_not_invoiced,
)
from services.orders.billing.domain.payment import pay
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.drafting import OrderLineDraft, price_lines, with_lines
from services.orders.ordering.domain.opening import Opening, open_order
from services.orders.record.domain.goods import ShipmentLine
from services.orders.record.domain.order import Hold, Order, OrderLine, PriceExplanation, totals_of
from services.orders.record.domain.states import HoldReason, LineKind, OrderState, PriceSource
from services.orders.returns.domain.rma import Return, ReturnLine
from services.orders.returns.domain.states import ReturnReason, ReturnResolution, ReturnState
from services.orders.shipping.domain import deliver, new_shipment, ship
from tests.builders import NOW, an_id

TODAY = NOW.date()
HOLD = Hold(reason=HoldReason.CREDIT, excess=Money.of(1, "EUR"), place_time=NOW)


def eur(amount: str) -> Money:
    """Euros, from a decimal."""
    return Money.of(amount, "EUR")


def goods(quantity: int = 10, price: str = "100", *, sku: str = "RTR-1", tax: int = 1900) -> OrderLineDraft:
    """Pieces at a given price, with German VAT unless told otherwise."""
    return OrderLineDraft(
        kind=LineKind.PRODUCT, sku=sku, quantity=quantity, unit_price=eur(price), tax_basis_points=tax
    )


def charge(price: str = "7.50") -> OrderLineDraft:
    """Postage."""
    return OrderLineDraft(kind=LineKind.CHARGE, sku="POST", quantity=1, unit_price=eur(price))


def a_draft(*drafts: OrderLineDraft, freight: str = "0", number: int = 1) -> Order:
    """An order of these positions, of ten routers if none are named."""
    lines = price_lines(drafts or (goods(),), None, currency="EUR", on=TODAY)
    return with_lines(an_empty_order(number=number), lines, eur(freight))


def an_empty_order(*, number: int = 1, currency: str = "EUR") -> Order:
    """A draft without lines."""
    opening = Opening(partner_id=an_id("ptn"), currency=currency, ship_to_country="DE", order_date=TODAY)
    return open_order(opening, id=an_id("ord", number), now=NOW)


def of_lines(*lines: OrderLine) -> Order:
    """A confirmed order of exactly these lines."""
    totals = totals_of(lines, "EUR")
    return replace(
        an_empty_order(),
        state=OrderState.CONFIRMED,
        lines=lines,
        totals=totals,
        freight=totals.freight,
        not_invoiced=totals.total,
    )


def a_line(number: int, quantity: int, *, kind: LineKind = LineKind.PRODUCT, **amounts: Any) -> OrderLine:
    """A line with amounts as they come."""
    free: dict[str, Any] = dict.fromkeys(("unit_price", "discount", "amount", "tax", "freight"), Money.zero("EUR"))
    return OrderLine(
        line_number=number,
        kind=kind,
        sku=f"S-{number}",
        quantity=quantity,
        price=PriceExplanation(source=PriceSource.IMPORTED),
        **{**free, **amounts},
    )


def in_state(state: OrderState, *drafts: OrderLineDraft) -> Order:
    """An order of one product, as it would be found in that state."""
    draft = a_draft(*drafts)
    match state:
        case OrderState.DRAFT:
            return draft
        case OrderState.HELD:
            return transitions.submit(draft, (HOLD,), on=TODAY, now=NOW)[0]
        case OrderState.CANCELED:
            return replace(draft, state=state)
        case OrderState.SUBMITTED:
            return replace(draft, state=state)
    binding = confirmed(draft)
    if state is OrderState.CONFIRMED:
        return binding
    if state is OrderState.IN_FULFILLMENT:
        return shipped(binding, {1: 4})
    done = shipped(binding, {line.line_number: line.quantity for line in binding.goods}, delivered=True)
    done, invoice = invoiced(done)
    return settled(done, invoice)


def confirmed(draft: Order) -> Order:
    """The order, confirmed."""
    return transitions.submit(draft, (), on=TODAY, now=NOW)[0]


def shipped(order: Order, pieces: Mapping[int, int], *, delivered: bool = False, number: int = 1) -> Order:
    """The order with these pieces, by line number, on their way or there."""
    lines = tuple(ShipmentLine(line_number=line, quantity=count) for line, count in pieces.items())
    order = ship(order, lines, shipment_id=an_id("shp", number), now=NOW)
    shipment = new_shipment(order, lines, id=an_id("shp", number), ship_date=TODAY, now=NOW)
    return deliver(order, shipment, TODAY, now=NOW)[0] if delivered else order


def invoiced(order: Order, pieces: Mapping[int, int] | None = None, *, number: int = 1) -> tuple[Order, Invoice]:
    """The order with these pieces invoiced, or with all that is shipped."""
    lines = invoice_lines(order, shipped_and_not_invoiced(order) if pieces is None else pieces)
    invoice, _ = issue(
        order,
        lines,
        id=an_id("inv", number),
        number=f"R-{number}",
        issue_date=TODAY,
        due_date=TODAY + timedelta(days=30),
        now=NOW,
    )
    return count_invoice(order, invoice, still_to_invoice=(), now=NOW), invoice


def settled(order: Order, invoice: Invoice) -> Order:
    """The order with its invoice paid."""
    return count_settlement(order, invoice, pay(invoice, invoice.open, now=NOW), now=NOW)


def a_return(state: ReturnState = ReturnState.AUTHORIZED, *, quantity: int = 2, due: date | None = None) -> Return:
    """A return of two pieces of the first line, one of them accepted once it is inspected."""
    received = quantity if state not in (ReturnState.DRAFT, ReturnState.AUTHORIZED) else 0
    rejected = state in (ReturnState.DRAFT, ReturnState.AUTHORIZED, ReturnState.RECEIVED, ReturnState.REJECTED)
    line = ReturnLine(
        line_number=1,
        sku="RTR-1",
        quantity=quantity,
        received_quantity=received,
        accepted_quantity=0 if rejected else 1,
    )
    return Return(
        id=an_id("ret"),
        order_id=an_id("ord"),
        partner_id=an_id("ptn"),
        state=state,
        reason=ReturnReason.DEFECTIVE,
        resolution=ReturnResolution.REFUND,
        lines=(line,),
        receive_date=due,
        create_time=NOW,
        update_time=NOW,
    )
