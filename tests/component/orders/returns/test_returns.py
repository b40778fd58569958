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
from tests.component.orders.desk import Desk, eur, goods


async def test_a_return_is_received_inspected_and_refunded(desk: Desk) -> None:
    order = await desk.confirmed(goods(tax=1900))
    await desk.ship(order)
    invoice = await desk.invoice(order)
    desk.events()
    rma = await desk.authorize(order, 3)
    await desk.receive(rma, 3)
    with pytest.raises(ReturnNotAccepted):
        await desk.credit(invoice, return_id=rma.id)
    await desk.inspect(rma, 2)
    note = await desk.credit(invoice, return_id=rma.id)
    assert (note.payable, note.return_id, [line.quantity for line in note.lines]) == (eur("238"), rma.id, [2])
    assert desk.events() == [
        "ReturnAuthorized",
        "ReturnReceived",
        "ReturnInspected",
        "CreditNoteIssued",
        "ReturnRefunded",
    ]
    settled = await desk.value(RETURNS, rma.id)
    assert (settled.state, settled.credit_note_id) == (ReturnState.REFUNDED, note.id)
    with pytest.raises(ReturnNotAccepted):
        await desk.credit(invoice, return_id=rma.id)
    line = (await desk.order(order)).lines[0]
    assert (line.shipped_quantity, line.returned_quantity, line.returnable) == (10, 2, 8)


async def test_a_return_of_which_nothing_arrives_ends_and_its_pieces_may_come_again(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order, 2, "A", "B")
    rma = await desk.authorize(order, 2, "A", "B")
    desk.events()
    lost = await desk.run(receive_return, ReceiveReturn, id=rma.id, lines=(), receive_date=desk.today)
    assert (lost.state, lost.receive_date, desk.events()) == (ReturnState.REJECTED, None, ["ReturnInspected"])
    line = (await desk.order(order)).lines[0]
    assert (line.returning_quantity, line.returned_quantity, line.returnable, line.serials_out) == (0, 0, 2, 2)
    again = await desk.authorize(order, 2, "A", "B")
    assert (await desk.receive(again, 2, "A", "B")).state is ReturnState.RECEIVED


async def test_a_return_is_replaced_and_counts_as_no_more_than_was_ordered(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.deliver(await desk.ship(order))
    await desk.pay(await desk.invoice(order), "1000")
    assert (await desk.order(order)).state is OrderState.COMPLETED
    rma = await desk.authorize(order, 3, resolution=ReturnResolution.REPLACEMENT)
    await desk.receive(rma, 3)
    await desk.inspect(rma, 3)
    with pytest.raises(MoreThanOrdered):
        await desk.ship(order, 4, return_id=rma.id)
    desk.events()
    shipment = await desk.ship(order, 3, return_id=rma.id)
    assert desk.events() == ["ShipmentRecorded", "ReturnReplaced"]
    after = await desk.order(order)
    assert (after.state, after.lines[0].shipped_quantity, after.to_invoice) == (OrderState.COMPLETED, 10, ())
    assert (await desk.value(RETURNS, rma.id)).shipment_id == shipment.id
    await desk.deliver(shipment)
    assert (await desk.order(order)).lines[0].delivered_quantity == 10
    again = await desk.authorize(order, 10)
    assert again.state is ReturnState.AUTHORIZED


async def test_a_piece_with_a_serial_is_out_until_it_came_back(desk: Desk) -> None:
    order, other = await desk.confirmed(), await desk.confirmed()
    await desk.ship(order, 3, "A", "B", "C")
    with pytest.raises(SerialTaken):
        await desk.ship(other, 1, "A")
    with pytest.raises(SerialNotShipped):
        await desk.authorize(order, 1, "Z")
    rma = await desk.authorize(order, 2, "A", "B")
    with pytest.raises(SerialNotShipped):
        await desk.authorize(order, 1, "A")
    with pytest.raises(SerialNotAuthorized):
        await desk.receive(rma, 1, "C")
    with pytest.raises(InvalidInput):
        await desk.receive(rma, 1)
    await desk.receive(rma, 1, "A")
    with pytest.raises(SerialTaken):
        await desk.ship(other, 1, "A")
    await desk.inspect(rma, 1)
    assert [(await _serial(desk, one)) for one in "ABC"] == [(True, ""), (False, ""), (False, "")]
    await desk.ship(other, 1, "A")
    assert (await desk.value(SERIALS, "RTR-1:A")).order_id == other.id
    with pytest.raises(SerialNotShipped):
        await desk.authorize(order, 1, "A")
    await desk.authorize(order, 2, "B", "C")


async def test_a_rejected_piece_is_the_partners_and_may_come_again(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order, 1, "A")
    rma = await desk.receive(await desk.authorize(order, 1, "A"), 1, "A")
    assert (await desk.inspect(rma, 0)).state is ReturnState.REJECTED
    assert await _serial(desk, "A") == (False, "")
    await desk.authorize(order, 1, "A")


async def test_a_refund_takes_no_more_than_its_invoice_has(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order, 4)
    first = await desk.invoice(order)
    await desk.ship(order, 6)
    second = await desk.invoice(order)
    rma = await desk.inspect(await desk.receive(await desk.authorize(order, 6), 6), 6)
    with pytest.raises(MoreThanInvoiced):
        await desk.credit(first, return_id=rma.id)
    with pytest.raises(InvalidInput):
        await desk.credit(second, CreditLine(line_number=1, quantity=1), return_id=rma.id)
    with pytest.raises(NotFound):
        await desk.credit(second, return_id="ret_local_01jz8c00000000000000000009")
    assert (await desk.credit(second, return_id=rma.id)).payable == eur("600")


async def test_a_return_of_another_order_settles_nothing(desk: Desk) -> None:
    order, other = await desk.confirmed(), await desk.confirmed()
    await desk.ship(order)
    await desk.ship(other)
    invoice = await desk.invoice(other)
    rma = await desk.inspect(await desk.receive(await desk.authorize(order, 1), 1), 1)
    with pytest.raises(ReturnNotAccepted):
        await desk.credit(invoice, return_id=rma.id)
    with pytest.raises(ReturnNotAccepted):
        await desk.ship(other, 1, return_id=rma.id)


async def test_nothing_comes_back_that_did_not_leave_or_before_it_was_ordered(desk: Desk) -> None:
    order = await desk.confirmed()
    with pytest.raises(WrongState):
        await desk.authorize(order, 1)
    await desk.ship(order)
    rma = await desk.authorize(order, 1)
    with pytest.raises(InvalidInput):
        await desk.receive(rma, 1, receive_date=desk.today - timedelta(days=1))
    with pytest.raises(InvalidInput):
        await desk.receive(rma, 1, receive_date=desk.today + timedelta(days=2))
    assert replace(rma, version=1) == await desk.value(RETURNS, rma.id)


async def _serial(desk: Desk, serial: str) -> tuple[bool, str]:
    found = await desk.value(SERIALS, f"RTR-1:{serial}")
    return found.returned, found.return_id
