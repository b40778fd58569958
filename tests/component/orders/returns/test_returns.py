"""Goods that come back, with and without serials, and what is sent or credited for them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, NotFound, WrongState
from services.orders.billing.domain.credit_note import CreditLine, MoreThanInvoiced
from services.orders.record.documents import SERIALS
from services.orders.record.domain.goods import MoreThanOrdered
from services.orders.record.domain.states import OrderState
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import ReturnNotAccepted, SerialNotAuthorized, SerialNotShipped
from services.orders.returns.domain.states import ReturnResolution, ReturnState
from services.orders.returns.usecases import ReceiveReturn, receive_return
from services.orders.shipping.domain import SerialTaken
from tests.component.orders.harness import Harness, eur, goods


async def test_a_return_is_received_inspected_and_refunded(harness: Harness) -> None:
    order = await harness.confirmed(goods(tax=1900))
    await harness.ship(order)
    invoice = await harness.invoice(order)
    harness.names()
    rma = await harness.authorize(order, 3)
    await harness.receive(rma, 3)
    with pytest.raises(ReturnNotAccepted):
        await harness.credit(invoice, return_id=rma.id)
    await harness.inspect(rma, 2)
    note = await harness.credit(invoice, return_id=rma.id)
    assert (note.payable, note.return_id, [line.quantity for line in note.lines]) == (eur("238"), rma.id, [2])
    assert harness.names() == [
        "ReturnAuthorized",
        "ReturnReceived",
        "ReturnInspected",
        "CreditNoteIssued",
        "ReturnRefunded",
    ]
    settled = await harness.value(RETURNS, rma.id)
    assert (settled.state, settled.credit_note_id) == (ReturnState.REFUNDED, note.id)
    with pytest.raises(ReturnNotAccepted):
        await harness.credit(invoice, return_id=rma.id)
    line = (await harness.order(order)).lines[0]
    assert (line.shipped_quantity, line.returned_quantity, line.returnable) == (10, 2, 8)


async def test_a_return_of_which_nothing_arrives_ends_and_its_pieces_may_come_again(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 2, "A", "B")
    rma = await harness.authorize(order, 2, "A", "B")
    harness.names()
    lost = await harness.run(receive_return, ReceiveReturn, id=rma.id, lines=(), receive_date=harness.today)
    assert (lost.state, lost.receive_date, harness.names()) == (ReturnState.REJECTED, None, ["ReturnInspected"])
    line = (await harness.order(order)).lines[0]
    assert (line.returning_quantity, line.returned_quantity, line.returnable, line.serials_out) == (0, 0, 2, 2)
    again = await harness.authorize(order, 2, "A", "B")
    assert (await harness.receive(again, 2, "A", "B")).state is ReturnState.RECEIVED


async def test_a_return_is_replaced_and_counts_as_no_more_than_was_ordered(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.deliver(await harness.ship(order))
    await harness.pay(await harness.invoice(order), "1000")
    assert (await harness.order(order)).state is OrderState.COMPLETED
    rma = await harness.authorize(order, 3, resolution=ReturnResolution.REPLACEMENT)
    await harness.receive(rma, 3)
    await harness.inspect(rma, 3)
    with pytest.raises(MoreThanOrdered):
        await harness.ship(order, 4, return_id=rma.id)
    harness.names()
    shipment = await harness.ship(order, 3, return_id=rma.id)
    assert harness.names() == ["ShipmentRecorded", "ReturnReplaced"]
    after = await harness.order(order)
    assert (after.state, after.lines[0].shipped_quantity, after.to_invoice) == (OrderState.COMPLETED, 10, ())
    assert (await harness.value(RETURNS, rma.id)).shipment_id == shipment.id
    await harness.deliver(shipment)
    assert (await harness.order(order)).lines[0].delivered_quantity == 10
    again = await harness.authorize(order, 10)
    assert again.state is ReturnState.AUTHORIZED


async def test_a_piece_with_a_serial_is_out_until_it_came_back(harness: Harness) -> None:
    order, other = await harness.confirmed(), await harness.confirmed()
    await harness.ship(order, 3, "A", "B", "C")
    with pytest.raises(SerialTaken):
        await harness.ship(other, 1, "A")
    with pytest.raises(SerialNotShipped):
        await harness.authorize(order, 1, "Z")
    rma = await harness.authorize(order, 2, "A", "B")
    with pytest.raises(SerialNotShipped):
        await harness.authorize(order, 1, "A")
    with pytest.raises(SerialNotAuthorized):
        await harness.receive(rma, 1, "C")
    with pytest.raises(InvalidInput):
        await harness.receive(rma, 1)
    await harness.receive(rma, 1, "A")
    with pytest.raises(SerialTaken):
        await harness.ship(other, 1, "A")
    await harness.inspect(rma, 1)
    assert [(await _serial(harness, one)) for one in "ABC"] == [(True, ""), (False, ""), (False, "")]
    await harness.ship(other, 1, "A")
    assert (await harness.value(SERIALS, "RTR-1:A")).order_id == other.id
    with pytest.raises(SerialNotShipped):
        await harness.authorize(order, 1, "A")
    await harness.authorize(order, 2, "B", "C")


async def test_a_rejected_piece_is_the_partners_and_may_come_again(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 1, "A")
    rma = await harness.receive(await harness.authorize(order, 1, "A"), 1, "A")
    assert (await harness.inspect(rma, 0)).state is ReturnState.REJECTED
    assert await _serial(harness, "A") == (False, "")
    await harness.authorize(order, 1, "A")


async def test_a_refund_takes_no_more_than_its_invoice_has(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 4)
    first = await harness.invoice(order)
    await harness.ship(order, 6)
    second = await harness.invoice(order)
    rma = await harness.inspect(await harness.receive(await harness.authorize(order, 6), 6), 6)
    with pytest.raises(MoreThanInvoiced):
        await harness.credit(first, return_id=rma.id)
    with pytest.raises(InvalidInput):
        await harness.credit(second, CreditLine(line_number=1, quantity=1), return_id=rma.id)
    with pytest.raises(NotFound):
        await harness.credit(second, return_id="ret_local_01jz8c00000000000000000009")
    assert (await harness.credit(second, return_id=rma.id)).payable == eur("600")


async def test_a_return_of_another_order_settles_nothing(harness: Harness) -> None:
    order, other = await harness.confirmed(), await harness.confirmed()
    await harness.ship(order)
    await harness.ship(other)
    invoice = await harness.invoice(other)
    rma = await harness.inspect(await harness.receive(await harness.authorize(order, 1), 1), 1)
    with pytest.raises(ReturnNotAccepted):
        await harness.credit(invoice, return_id=rma.id)
    with pytest.raises(ReturnNotAccepted):
        await harness.ship(other, 1, return_id=rma.id)


async def test_nothing_comes_back_that_did_not_leave_or_before_it_was_ordered(harness: Harness) -> None:
    order = await harness.confirmed()
    with pytest.raises(WrongState):
        await harness.authorize(order, 1)
    await harness.ship(order)
    rma = await harness.authorize(order, 1)
    with pytest.raises(InvalidInput):
        await harness.receive(rma, 1, receive_date=harness.today - timedelta(days=1))
    with pytest.raises(InvalidInput):
        await harness.receive(rma, 1, receive_date=harness.today + timedelta(days=2))
    assert replace(rma, version=1) == await harness.value(RETURNS, rma.id)


async def _serial(harness: Harness, serial: str) -> tuple[bool, str]:
    found = await harness.value(SERIALS, f"RTR-1:{serial}")
    return found.returned, found.return_id
