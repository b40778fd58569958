"""A pallet is one shipment: 1,000 serials, one by one or as ranges, and the lots that they are from; it comes back as
one return, and an order of many pallets still fits into an answer."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.rpc.method import MAX_RESPONSE_BYTES
from libs.store.port import create
from services.orders.billing.documents import INVOICES
from services.orders.overview.usecases import GetOrder, get_order
from services.orders.overview.wire import overview
from services.orders.record.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.record.domain.goods import LotQuantity, Shipment, ShipmentLine, TooManyLots
from services.orders.record.domain.serials import SerialRange, TooManySerials
from services.orders.returns.domain.rma import AcceptedLine, ReturnLineDraft
from services.orders.returns.domain.states import ReturnReason, ReturnResolution, ReturnState
from services.orders.returns.usecases import (
    AuthorizeReturn,
    InspectReturn,
    ReceiveReturn,
    authorize_return,
    inspect_return,
    receive_return,
)
from services.orders.shipping.usecases import RecordShipment, record_shipment
from tests.builders import an_id
from tests.component.orders.harness import Harness, goods

PALLET = SerialRange(first="SN-0001", last="SN-1000")
NAMES = tuple(f"SN-{number:04d}" for number in range(1, 1_001))


async def ship(harness: Harness, order_id: str, *lines: ShipmentLine) -> Shipment:
    """Goods leave today."""
    return await harness.run(record_shipment, RecordShipment, order_id=order_id, lines=lines, ship_date=harness.today)


def pieces(count: int, **fields: Any) -> ShipmentLine:
    """So many of the first line."""
    return ShipmentLine(line_number=1, quantity=count, **fields)


async def test_a_thousand_serials_leave_and_come_back_in_one_commit_each(harness: Harness) -> None:
    order = await harness.confirmed(goods(1_000, "1"))
    shipment = await ship(harness, order.id, pieces(1_000, serial_ranges=(PALLET,)))
    assert (shipment.lines[0].serials, shipment.lines[0].serial_ranges) == (NAMES, ())
    assert await harness.value(SHIPMENTS, shipment.id) == shipment
    assert (await harness.value(SERIALS, "RTR-1:SN-1000")).shipment_id == shipment.id
    line: dict[str, Any] = {"line_number": 1, "quantity": 1_000, "serial_ranges": (PALLET,)}
    rma = await harness.run(
        authorize_return,
        AuthorizeReturn,
        order_id=order.id,
        lines=(ReturnLineDraft(**line),),
        reason=ReturnReason.RECALL,
        resolution=ReturnResolution.REPLACEMENT,
    )
    content = {"id": rma.id, "lines": (ReturnLineDraft(**line),)}
    await harness.run(receive_return, ReceiveReturn, receive_date=harness.today, **content)
    kept = {**line, "quantity": 999, "serial_ranges": (SerialRange(first="SN-0002", last="SN-1000"),)}
    rma = await harness.run(inspect_return, InspectReturn, id=rma.id, lines=(AcceptedLine(**kept),))
    assert (rma.state, rma.lines[0].accepted_serials) == (ReturnState.INSPECTED, NAMES[1:])
    assert [(await harness.value(SERIALS, f"RTR-1:{one}")).returned for one in NAMES[:2]] == [False, True]


async def test_a_serial_more_is_another_shipment_and_nothing_of_it_is_written(harness: Harness) -> None:
    order = await harness.confirmed(goods(1_001, "1"))
    with pytest.raises(TooManySerials):
        await ship(harness, order.id, pieces(1_001, serials=("X",), serial_ranges=(PALLET,)))
    with pytest.raises(InvalidInput, match="one for each piece"):
        await ship(harness, order.id, pieces(1_001, serial_ranges=(PALLET,)))
    assert (await harness.order(order)).lines[0].shipped_quantity == 0


async def test_pieces_of_several_lots_leave_as_one_line(harness: Harness) -> None:
    order = await harness.confirmed(goods(100, "1"))
    lots = (LotQuantity(lot="L-1", quantity=30), LotQuantity(lot="L-2", quantity=20))
    shipment = await ship(harness, order.id, pieces(50, lots=lots))
    assert shipment.lines[0].lots == lots
    twice = (LotQuantity(lot="L-1", quantity=1), LotQuantity(lot="L-1", quantity=1))
    with pytest.raises(InvalidInput) as refused:
        await ship(harness, order.id, pieces(3, lots=twice, lot="L-1"))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("lines[0].lot", "NOT_WITH_LOTS"),
        ("lines[0].lots", "DUPLICATE_LOT"),
        ("lines[0].lots", "LOTS_INCOMPLETE"),
    ]
    order = await harness.confirmed(goods(1_001, "1"))
    single = tuple(LotQuantity(lot=f"L-{n}", quantity=1) for n in range(1_001))
    with pytest.raises(TooManyLots):
        await ship(harness, order.id, pieces(1_001, lots=single))


async def test_an_order_of_two_hundred_pallets_fits_into_an_answer_without_its_serials(harness: Harness) -> None:
    order = await harness.confirmed(goods(1_000, "1"))
    first = await ship(harness, order.id, pieces(2, serials=("A", "B")))
    found = await harness.look(get_order, GetOrder, id=order.id)
    assert (found.shipments, found.left_off) == ((first,), ())
    lines = pieces(1_000, serials=tuple(f"{n:064d}" for n in range(1_000)))
    for number in range(200):
        one = Shipment(
            id=an_id("shp", 1_000 + number),
            order_id=order.id,
            partner_id=order.partner_id,
            lines=(lines,),
            ship_to_country="DE",
            ship_date=harness.today,
            create_time=harness.clock.now(),
            update_time=harness.clock.now(),
        )
        await harness.env.store.commit([create(SHIPMENTS, one)])
    assert (await harness.value(ORDERS, order.id)).may_have_followers
    found = await harness.look(get_order, GetOrder, id=order.id)
    assert found.left_off == ("shipments.lines.serials", "shipments")
    assert (len(found.shipments), {one.lines[0].serials for one in found.shipments}) == (200, {()})
    assert overview(found).ByteSize() < MAX_RESPONSE_BYTES


async def test_rows_that_are_too_large_together_are_left_off_from_the_last(harness: Harness) -> None:
    order = await harness.confirmed(goods(1_000, "1"))
    await ship(harness, order.id, pieces(2, serials=("A", "B")))
    invoice = await harness.invoice(order)
    many = [
        replace(invoice, id=an_id("inv", n), number=f"R-{n}", version=0, lines=invoice.lines * 500) for n in range(20)
    ]
    for one in many:
        await harness.env.store.commit([create(INVOICES, one)])
    found = await harness.look(get_order, GetOrder, id=order.id)
    assert found.left_off == ("shipments.lines.serials", "invoices")
    assert 0 < len(found.invoices) < len(many)
    assert overview(found).ByteSize() < MAX_RESPONSE_BYTES
