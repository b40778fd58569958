"""The life of an order as a table over every state and move, and what each move keeps."""

from collections.abc import Callable

import pytest

from libs.errors import WrongState
from libs.money import Money
from services.orders.billing.domain.invoice import NothingToInvoice, invoice_lines
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.drafting import OrderEmpty
from services.orders.ordering.events import OrderCanceled, OrderConfirmed, OrderHeld, OrderHoldReleased, OrderSubmitted
from services.orders.record.domain.order import Hold, Order
from services.orders.record.domain.states import (
    BillingState,
    CancelReason,
    FulfillmentState,
    HoldReason,
    OrderState,
    PaymentState,
)
from services.orders.returns.domain.rma import ReturnLineDraft, checked_return_lines
from tests.builders import NOW
from tests.unit.orders.orders import (
    HOLD,
    TODAY,
    a_draft,
    an_empty_order,
    charge,
    confirmed,
    eur,
    goods,
    in_state,
    invoiced,
    settled,
    shipped,
)


def _update(order: Order) -> Order:
    transitions.require_draft(order)
    return transitions.updated(order, ("lines",), now=NOW)[0]


def _invoice(order: Order) -> Order:
    invoice_lines(order, {1: 1})
    return order


def _return(order: Order) -> Order:
    checked_return_lines((ReturnLineDraft(line_number=1, quantity=1),), order)
    return order


MOVES: dict[str, Callable[[Order], Order]] = {
    "update": _update,
    "submit": lambda order: transitions.submit(order, (), on=TODAY, now=NOW)[0],
    "submit, held": lambda order: transitions.submit(order, (HOLD,), on=TODAY, now=NOW)[0],
    "release": lambda order: transitions.release(order, HoldReason.CREDIT, note=None, over=None, now=NOW)[0],
    "cancel": lambda order: transitions.cancel(order, CancelReason.OTHER, now=NOW)[0],
    "close": lambda order: transitions.close(order, CancelReason.OTHER, now=NOW)[0],
    "ship": lambda order: shipped(order, {1: 1}),
    "invoice": _invoice,
    "return": _return,
}

# Rows: where an order stands. Columns: the moves it may make, and where each leads. Everything else is refused.
SAME = object()
TABLE: dict[OrderState, dict[str, object]] = {
    OrderState.DRAFT: {
        "update": SAME,
        "submit": OrderState.CONFIRMED,
        "submit, held": OrderState.HELD,
        "cancel": OrderState.CANCELED,
    },
    OrderState.SUBMITTED: {},
    OrderState.HELD: {
        "submit": OrderState.CONFIRMED,
        "submit, held": SAME,
        "release": OrderState.CONFIRMED,
        "cancel": OrderState.CANCELED,
    },
    OrderState.CONFIRMED: {"cancel": OrderState.CANCELED, "ship": OrderState.IN_FULFILLMENT, "invoice": SAME},
    OrderState.IN_FULFILLMENT: {"ship": SAME, "invoice": SAME, "return": SAME, "close": SAME},
    OrderState.COMPLETED: {"return": SAME},
    OrderState.CANCELED: {},
}


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("move", MOVES)
def test_an_order_makes_the_moves_of_its_state_and_no_other(state: OrderState, move: str) -> None:
    order = in_state(state)
    assert order.state is state
    if move not in TABLE[state]:
        with pytest.raises(WrongState) as refused:
            MOVES[move](order)
        assert refused.value.metadata["state"] == state.name
        return
    expected = TABLE[state][move]
    assert MOVES[move](order).state is (state if expected is SAME else expected)


def test_an_order_without_lines_is_not_handed_in() -> None:
    with pytest.raises(OrderEmpty):
        transitions.submit(an_empty_order(), (), on=TODAY, now=NOW)


def test_what_stands_counts_as_open_until_it_is_canceled() -> None:
    order = confirmed(a_draft())
    assert order.not_invoiced == order.totals.total == eur("1190")
    canceled, event = transitions.cancel(order, CancelReason.CUSTOMER_REQUEST, now=NOW)
    assert canceled.not_invoiced == Money.zero("EUR")
    assert event == OrderCanceled(
        order_id=order.id,
        partner_id=order.partner_id,
        cancel_reason=CancelReason.CUSTOMER_REQUEST,
        confirmed=True,
        total=eur("1190"),
    )


def test_every_hold_must_be_released_before_an_order_stands() -> None:
    holds = (HOLD, Hold(reason=HoldReason.TERRITORY, place_time=NOW))
    order, events = transitions.submit(a_draft(), holds, on=TODAY, now=NOW)
    assert [type(event) for event in events] == [OrderSubmitted, OrderHeld]
    order, events = transitions.release(order, HoldReason.TERRITORY, note=None, over=eur("1"), now=NOW)
    assert (order.state, [type(event) for event in events]) == (OrderState.HELD, [OrderHoldReleased])
    with pytest.raises(transitions.HoldNotPlaced):
        transitions.release(order, HoldReason.TERRITORY, note=None, over=eur("1"), now=NOW)
    order, events = transitions.release(order, HoldReason.CREDIT, note=None, over=eur("1"), now=NOW)
    assert (order.state, [type(event) for event in events]) == (
        OrderState.CONFIRMED,
        [OrderHoldReleased, OrderConfirmed],
    )


def test_the_axes_move_on_their_own_and_together_complete_the_order() -> None:
    order = shipped(confirmed(a_draft()), {1: 4})
    assert _axes(order) == (FulfillmentState.PARTIALLY_SHIPPED, BillingState.NOT_INVOICED, PaymentState.UNPAID)
    order, first = invoiced(order)
    assert _axes(order) == (FulfillmentState.PARTIALLY_SHIPPED, BillingState.PARTIALLY_INVOICED, PaymentState.UNPAID)
    order = settled(order, first)
    assert _axes(order) == (FulfillmentState.PARTIALLY_SHIPPED, BillingState.PARTIALLY_INVOICED, PaymentState.PAID)
    order, second = invoiced(shipped(order, {1: 6}), number=2)
    assert _axes(order) == (FulfillmentState.SHIPPED, BillingState.INVOICED, PaymentState.PARTIALLY_PAID)
    order = settled(order, second)
    assert (order.state, order.fulfillment) == (OrderState.IN_FULFILLMENT, FulfillmentState.SHIPPED)
    whole = in_state(OrderState.COMPLETED)
    assert _axes(whole) == (FulfillmentState.DELIVERED, BillingState.INVOICED, PaymentState.PAID)


def test_an_order_of_charges_alone_is_invoiced_at_once_and_cannot_be_canceled_then() -> None:
    order, invoice = invoiced(confirmed(a_draft(charge())), {})
    assert (invoice.payable, order.state, order.billing) == (
        eur("7.50"),
        OrderState.IN_FULFILLMENT,
        BillingState.INVOICED,
    )
    with pytest.raises(WrongState):
        transitions.cancel(order, CancelReason.OTHER, now=NOW)
    assert settled(order, invoice).state is OrderState.COMPLETED


def test_an_order_free_of_charge_is_complete_without_a_payment() -> None:
    order = shipped(confirmed(a_draft(goods(price="0"))), {1: 10}, delivered=True)
    order, invoice = invoiced(order)
    assert (order.state, invoice.open) == (OrderState.COMPLETED, eur("0"))


def test_what_is_not_shipped_is_not_invoiced() -> None:
    with pytest.raises(NothingToInvoice):
        invoiced(confirmed(a_draft()))
    order, _ = invoiced(shipped(confirmed(a_draft()), {1: 4}))
    with pytest.raises(NothingToInvoice):
        invoiced(order)


def _axes(order: Order) -> tuple[FulfillmentState, BillingState, PaymentState]:
    return order.fulfillment, order.billing, order.payment
