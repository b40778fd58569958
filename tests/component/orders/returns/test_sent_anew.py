"""What leaves for goods that came back: other goods or the same ones repaired, at once or in parts, and what was not
accepted goes back to the partner."""

import pytest

from libs.errors import InvalidInput
from services.orders.record.documents import SERIALS
from services.orders.record.domain.goods import MoreThanOrdered
from services.orders.record.domain.order import Order
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import (
    MoreThanRejected,
    Return,
    ReturnNotAccepted,
    SerialNotReceived,
    SerialNotRejected,
)
from services.orders.returns.domain.states import ReturnResolution, ReturnState
from services.orders.shipping.domain import SerialTaken
from tests.component.orders.harness import Harness, eur

REPAIR = ReturnResolution.REPAIR


async def back(harness: Harness, order: Order, *serials: str, pieces: int = 0, **fields: ReturnResolution) -> Return:
    """Pieces of the first line have arrived."""
    count = pieces or len(serials)
    return await harness.receive(await harness.authorize(order, count, *serials, **fields), count, *serials)


async def now(harness: Harness, rma: Return) -> Return:
    """The return as it is now."""
    return await harness.value(RETURNS, rma.id)


async def test_goods_for_a_return_leave_in_parts_and_the_last_of_them_settles_it(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    rma = await harness.inspect(await back(harness, order, pieces=3), 3)
    harness.names()
    first = await harness.ship(order, 2, return_id=rma.id)
    assert ((await now(harness, rma)).state, harness.names()) == (ReturnState.INSPECTED, ["ShipmentRecorded"])
    with pytest.raises(MoreThanOrdered, match="1 pieces left"):
        await harness.ship(order, 2, return_id=rma.id)
    second = await harness.ship(order, 1, return_id=rma.id)
    after = await now(harness, rma)
    assert (after.state, after.shipment_ids, after.shipment_id) == (
        ReturnState.REPLACED,
        (first.id, second.id),
        second.id,
    )
    assert harness.names() == ["ShipmentRecorded", "ReturnReplaced"]
    assert (await harness.order(order)).lines[0].replaced_quantity == 3


async def test_what_is_not_replaced_is_refunded(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    invoice = await harness.invoice(order)
    rma = await harness.inspect(await back(harness, order, pieces=3), 3)
    await harness.ship(order, 1, return_id=rma.id)
    assert (await harness.credit(invoice, return_id=rma.id)).payable == eur("200")
    assert (await now(harness, rma)).state is ReturnState.REFUNDED
    with pytest.raises(ReturnNotAccepted):
        await harness.ship(order, 1, return_id=rma.id)


async def test_the_same_pieces_leave_repaired(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 2, "A", "B")
    rma = await harness.inspect(await back(harness, order, "A", "B", resolution=REPAIR), 2, "A", "B")
    harness.names()
    await harness.ship(order, 1, "A", return_id=rma.id)
    with pytest.raises(SerialTaken):
        await harness.ship(order, 1, "A", return_id=rma.id)
    await harness.ship(order, 1, "B", return_id=rma.id)
    after = await now(harness, rma)
    assert (after.state, after.resolution) == (ReturnState.REPAIRED, REPAIR)
    assert harness.names() == ["ShipmentRecorded", "ShipmentRecorded", "ReturnRepaired"]
    assert (await harness.order(order)).lines[0].serials_out == 2
    assert not (await harness.value(SERIALS, "RTR-1:A")).returned


async def test_what_was_to_be_repaired_and_got_another_piece_is_replaced(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 2, "A", "B")
    rma = await harness.inspect(await back(harness, order, "A", "B", resolution=REPAIR), 2)
    await harness.ship(order, 1, "C", return_id=rma.id)
    await harness.ship(order, 1, "A", return_id=rma.id)
    after = await now(harness, rma)
    assert (after.state, after.resolution) == (ReturnState.REPLACED, ReturnResolution.REPLACEMENT)


async def test_pieces_that_were_not_accepted_are_the_partners_and_go_back_once(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 3, "A", "B", "C")
    rma = await harness.inspect(await back(harness, order, "A", "B", "C"), 1, "B")
    lines = (await harness.order(order)).lines
    assert (lines[0].serials_out, lines[0].returned_quantity) == (2, 1)
    assert [(await harness.value(SERIALS, f"RTR-1:{one}")).returned for one in "ABC"] == [False, True, False]
    for wrong in ("B", "Z"):
        with pytest.raises(SerialNotRejected):
            await harness.ship(order, 1, wrong, return_id=rma.id, sends_back=True)
    harness.names()
    shipment = await harness.ship(order, 1, "A", return_id=rma.id, sends_back=True)
    assert (shipment.sends_back, harness.names()) == (True, ["ShipmentRecorded"])
    with pytest.raises(SerialNotRejected):
        await harness.ship(order, 1, "A", return_id=rma.id, sends_back=True)
    with pytest.raises(MoreThanRejected, match="1 pieces of line 1"):
        await harness.ship(order, 2, return_id=rma.id, sends_back=True)
    await harness.ship(order, 1, "C", return_id=rma.id, sends_back=True)
    await harness.deliver(shipment)
    assert (await harness.order(order)).lines == lines
    assert ((await now(harness, rma)).state, (await now(harness, rma)).lines[0].to_send_back) == (
        ReturnState.INSPECTED,
        0,
    )


async def test_a_rejected_piece_that_was_returned_again_does_not_go_back(harness: Harness) -> None:
    """It was refunded by the second return, and may be somebody else's by then."""
    order, other = await harness.confirmed(), await harness.confirmed()
    await harness.ship(order, 1, "A")
    first = await harness.inspect(await back(harness, order, "A"), 0)
    second = await back(harness, order, "A")
    for _ in range(2):
        with pytest.raises((SerialNotRejected, MoreThanRejected)):
            await harness.ship(order, 1, "A", return_id=first.id, sends_back=True)
        if second.state is ReturnState.RECEIVED:
            second = await harness.inspect(second, 1)
            await harness.ship(other, 1, "A")
    plain = await harness.confirmed()
    await harness.ship(plain, 1)
    first = await harness.inspect(await back(harness, plain, pieces=1), 0)
    await harness.inspect(await back(harness, plain, pieces=1), 1)
    with pytest.raises(MoreThanRejected):
        await harness.ship(plain, 1, return_id=first.id, sends_back=True)


async def test_a_rejected_return_goes_back_and_one_that_never_came_does_not(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    waiting = await back(harness, order, pieces=2)
    with pytest.raises(ReturnNotAccepted):
        await harness.ship(order, 2, return_id=waiting.id, sends_back=True)
    await harness.inspect(waiting, 0)
    await harness.ship(order, 2, return_id=waiting.id, sends_back=True)
    assert (await now(harness, waiting)).state is ReturnState.REJECTED
    with pytest.raises(MoreThanRejected):
        await harness.ship(order, 1, return_id=waiting.id, sends_back=True)
    with pytest.raises(InvalidInput, match="return_id"):
        await harness.ship(order, 1, sends_back=True)


async def test_accepted_pieces_arrived_and_are_named_all_or_none(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order, 3, "A", "B", "C")
    rma = await back(harness, order, "A", "B")
    with pytest.raises(SerialNotReceived):
        await harness.inspect(rma, 1, "C")
    with pytest.raises(InvalidInput, match=r"lines\[0\].serials"):
        await harness.inspect(rma, 2, "A")


async def test_pieces_with_serials_that_are_accepted_in_part_are_named(harness: Harness) -> None:
    """Otherwise a rejected piece of the partner could be shipped to somebody else, and could not be sent back."""
    order, other = await harness.confirmed(), await harness.confirmed()
    await harness.ship(order, 3, "A", "B", "C")
    rma = await back(harness, order, "A", "B", "C")
    with pytest.raises(InvalidInput, match=r"lines\[0\].serials"):
        await harness.inspect(rma, 2)
    assert [(await harness.value(SERIALS, f"RTR-1:{one}")).return_id for one in "ABC"] == [rma.id] * 3
    await harness.inspect(rma, 2, "A", "B")
    with pytest.raises(SerialTaken):
        await harness.ship(other, 1, "C")
    await harness.ship(order, 1, "C", return_id=rma.id, sends_back=True)
    await harness.ship(other, 2, "A", "B")
