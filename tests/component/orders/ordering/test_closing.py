"""An order is closed before all of it was shipped: the rest is canceled, its credit is free."""

import pytest
from msgspec.structs import replace

from libs.errors import WrongState
from services.orders.billing.domain.invoice import NothingToInvoice
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.ordering.domain.transitions import NothingToClose
from services.orders.ordering.jobs import review_held_orders
from services.orders.record.domain.goods import MoreThanOrdered
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import (
    BillingState,
    CancelReason,
    FulfillmentState,
    LineKind,
    OrderState,
    PaymentState,
)
from tests.component.orders.harness import Harness, eur, goods

POSTAGE = OrderLineDraft(kind=LineKind.CHARGE, sku="POST", quantity=1, unit_price=eur("7.5"))


def axes(order: Order) -> tuple[FulfillmentState, BillingState, PaymentState]:
    """How far an order is."""
    return order.fulfillment, order.billing, order.payment


async def test_an_order_of_a_hundred_of_which_seventy_were_shipped_and_paid_ends_and_frees_its_credit(
    harness: Harness,
) -> None:
    await harness.terms("10000")
    order = await harness.confirmed(goods(100))
    await harness.deliver(await harness.ship(order, 70))
    await harness.pay(await harness.invoice(order), "7000")
    waiting = await harness.submit(await harness.draft(goods(100)))
    assert (waiting.state, (await harness.account()).open_orders) == (OrderState.HELD, eur("3000"))
    harness.names()
    closed = await harness.close(order, request_id="a")
    assert (closed.state, closed.cancel_reason, closed.canceled_total, closed.not_invoiced) == (
        OrderState.COMPLETED,
        CancelReason.OUT_OF_STOCK,
        eur("3000"),
        eur("0"),
    )
    assert closed.lines == (replace(closed.lines[0], canceled_quantity=30, shipped_quantity=70),)
    assert axes(closed) == (FulfillmentState.DELIVERED, BillingState.INVOICED, PaymentState.PAID)
    assert (harness.names(), closed.totals.total) == (["OrderClosed", "OrderCompleted"], eur("10000"))
    assert (await harness.account()).exposure == eur("0")
    assert await harness.close(order, request_id="a") == closed
    while await review_held_orders(harness.env):
        pass
    assert (await harness.order(waiting)).state is OrderState.CONFIRMED


async def test_what_was_shipped_is_invoiced_after_the_order_is_closed_and_no_more_of_it_is_shipped(
    harness: Harness,
) -> None:
    order = await harness.confirmed(goods(tax=1900), POSTAGE, freight=eur("20"))
    shipment = await harness.ship(order, 4)
    closed = await harness.close(order)
    assert (closed.state, closed.canceled_total) == (OrderState.IN_FULFILLMENT, eur("714"))
    assert (await harness.account()).open_orders == eur("503.5")
    with pytest.raises(MoreThanOrdered, match="0 pieces left"):
        await harness.ship(order, 1)
    with pytest.raises(NothingToClose):
        await harness.close(order)
    invoice = await harness.invoice(order)
    assert (invoice.payable, invoice.totals.freight, len(invoice.lines)) == (eur("503.50"), eur("20"), 2)
    with pytest.raises(NothingToInvoice):
        await harness.invoice(order)
    await harness.pay(invoice, "503.50")
    harness.names()
    await harness.deliver(shipment)
    assert harness.names() == ["ShipmentDelivered", "OrderCompleted"]


async def test_goods_that_replace_returned_ones_are_shipped_although_the_order_is_closed(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 4)
    await harness.close(order)
    rma = await harness.inspect(await harness.receive(await harness.authorize(order, 2), 2), 2)
    await harness.ship(order, 2, return_id=rma.id)
    line = (await harness.order(order)).lines[0]
    assert (line.shipped_quantity, line.replaced_quantity, line.canceled_quantity) == (4, 2, 6)


async def test_only_an_order_in_fulfilment_with_a_rest_is_closed(harness: Harness) -> None:
    order = await harness.confirmed()
    with pytest.raises(WrongState):
        await harness.close(order)
    await harness.ship(order)
    with pytest.raises(NothingToClose):
        await harness.close(order)
    assert (await harness.order(order)).cancel_reason is None


async def test_two_who_close_an_order_free_its_credit_once(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 4)
    closed = await harness.close(order)
    with pytest.raises(NothingToClose):
        await harness.close(order, etag=str(closed.version))
    assert (await harness.account()).open_orders == eur("400")
