"""Goods leave and arrive."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.messaging.outbox import About
from libs.store.port import Put, create
from services.orders.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.domain.events import InvoiceRequested, OrderCompleted, ShipmentDelivered, ShipmentRecorded
from services.orders.domain.order import Order
from services.orders.domain.shipment import (
    Serial,
    SerialTaken,
    Shipment,
    ShipmentLine,
    all_shipped,
    check_lines,
    deliver,
    serials_of,
    ship,
    shipped_lines,
)
from services.orders.domain.states import OrderState
from services.orders.usecases.settings import Env

_AHEAD_OF_UTC = timedelta(hours=14)  # it is tomorrow somewhere already


class RecordShipment(Command, frozen=True, kw_only=True):
    """Goods left."""

    order_id: str
    etag: str = ""
    lines: tuple[ShipmentLine, ...]
    ship_date: date
    carrier: str = ""
    tracking_number: str = ""
    return_id: str = ""


class RecordDelivery(Command, frozen=True, kw_only=True):
    """Goods arrived."""

    id: str
    etag: str = ""
    deliver_date: date


async def record_shipment(env: Env, cmd: RecordShipment) -> Shipment:
    """The shipment; its order counts the pieces, its serials are bound."""
    held = await env.load(ORDERS, cmd.order_id, etag=cmd.etag)
    refuse_future(env, "ship_date", cmd.ship_date)
    check_lines(cmd.lines, held.value)
    now = env.clock.now()
    order = ship(held.value, cmd.lines, now=now)
    shipment = new_shipment(env, order, cmd)
    put = create(SHIPMENTS, shipment)
    order_put = held.put(order)
    recorded = shipment_recorded(shipment, order)
    requested = InvoiceRequested(order_id=order.id, partner_id=order.partner_id, shipment_id=shipment.id)
    serials = [one async for one in serial_puts(env, serials_of(shipment, order))]
    return await env.commit(
        put, order_put, *serials, events=[recorded, About(requested, order_put.document)], call=cmd.call
    )


async def record_delivery(env: Env, cmd: RecordDelivery) -> Shipment:
    """The shipment, arrived; an order with nothing left to do is complete."""
    held = await env.load(SHIPMENTS, cmd.id, etag=cmd.etag)
    refuse_future(env, "deliver_date", cmd.deliver_date)
    order_held = await env.load(ORDERS, held.value.order_id)
    order, shipment = deliver(order_held.value, held.value, cmd.deliver_date, now=env.clock.now())
    order_put = order_held.put(order)
    delivered = ShipmentDelivered(
        shipment_id=shipment.id, order_id=order.id, partner_id=order.partner_id, deliver_date=cmd.deliver_date
    )
    return await env.commit(
        held.put(shipment),
        order_put,
        events=[delivered, *completion(order_held.value, order_put.document)],
        call=cmd.call,
    )


def completion(before: Order, after: Order) -> tuple[About, ...]:
    """The event of an order that has nothing left to do; `after` as it is written."""
    if after.state is not OrderState.COMPLETED or before.state is OrderState.COMPLETED:
        return ()
    return (About(OrderCompleted(order_id=after.id, partner_id=after.partner_id), after),)


def new_shipment(env: Env, order: Order, cmd: RecordShipment) -> Shipment:
    """A shipment of the order as the command says."""
    now = env.clock.now()
    return Shipment(
        id=env.ids.new("shp"),
        order_id=order.id,
        partner_id=order.partner_id,
        return_id=cmd.return_id,
        lines=cmd.lines,
        ship_to_country=order.ship_to_country,
        ship_to_subdivision=order.ship_to_subdivision,
        territory=order.territory,
        carrier=cmd.carrier,
        tracking_number=cmd.tracking_number,
        ship_date=cmd.ship_date,
        create_time=now,
        update_time=now,
    )


def shipment_recorded(shipment: Shipment, order: Order) -> ShipmentRecorded:
    """The event of a shipment."""
    return ShipmentRecorded(
        shipment_id=shipment.id,
        order_id=order.id,
        partner_id=order.partner_id,
        ship_date=shipment.ship_date,
        ship_to_country=order.ship_to_country,
        lines=shipped_lines(shipment, order),
        complete=all_shipped(order),
    )


async def serial_puts(env: Env, serials: tuple[Serial, ...]) -> AsyncIterator[Put[Serial]]:
    """The writes that bind serials; SerialTaken for a piece that is elsewhere."""
    for serial in serials:
        held = await env.store.get(SERIALS, serial.id)
        if held is None:
            yield create(SERIALS, serial)
        elif held.value.returned:
            yield held.put(serial)
        else:
            sku, _, number = serial.id.rpartition(":")
            raise SerialTaken(sku, number)


def refuse_future(env: Env, field: str, day: date) -> None:
    """InvalidInput for a day that has begun nowhere."""
    if day > (env.clock.now() + _AHEAD_OF_UTC).date():
        raise InvalidInput([Violation(field, "is in the future", "IN_THE_FUTURE")])
