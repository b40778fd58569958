"""Records shipments and deliveries."""

from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.env import About
from libs.store.port import Loaded, Put, create, get_all
from services.orders.ordering.reads import completion
from services.orders.record.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.record.domain.goods import Serial, Shipment, ShipmentLine
from services.orders.record.domain.order import Order
from services.orders.record.domain.violations import begun_violations, early_violations, refuse
from services.orders.record.reads import latest_day
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import Return, SerialNotRejected
from services.orders.returns.domain.transitions import replaced, sent_back
from services.orders.settings import Env
from services.orders.shipping.domain import (
    SerialTaken,
    checked_lines,
    deliver,
    new_shipment,
    return_violations,
    serials_of,
    ship,
    shipment_recorded,
)
from services.orders.shipping.events import InvoiceRequested, ShipmentDelivered


class RecordShipment(Command, frozen=True, kw_only=True):
    """Record a shipment."""

    order_id: str
    etag: str = ""
    lines: tuple[ShipmentLine, ...]
    ship_date: date
    carrier: str = ""
    tracking_number: str = ""
    return_id: str = ""
    sends_back: bool = False


class RecordDelivery(ResourceCommand, frozen=True, kw_only=True):
    """Record the delivery of a shipment."""

    deliver_date: date


async def record_shipment(env: Env, cmd: RecordShipment) -> Shipment:
    """The shipment. The same commit counts its pieces on the order and binds its serials. A shipment that names a
    return replaces its accepted pieces, or (`sends_back`) sends its rejected pieces back."""
    loaded = await env.load(ORDERS, cmd.order_id, call=cmd.call, etag=cmd.etag)
    days = (
        *begun_violations("ship_date", cmd.ship_date, latest=latest_day(env)),
        *early_violations("ship_date", cmd.ship_date, loaded.value.order_date),
        *return_violations(cmd.return_id, sends_back=cmd.sends_back),
    )
    cmd = replace(cmd, lines=checked_lines(cmd.lines, loaded.value, days))
    if cmd.return_id:
        return await (_send_back if cmd.sends_back else _replace_goods)(env, cmd, loaded)
    new_id, now = env.ids.new("shp"), env.clock.now()
    order = ship(loaded.value, cmd.lines, shipment_id=new_id, now=now)
    shipment = _shipment(new_id, order, cmd, now=now)
    put = loaded.put(order)
    requested = InvoiceRequested(order_id=order.id, partner_id=order.partner_id, shipment_id=new_id)
    return await env.commit(
        create(SHIPMENTS, shipment),
        put,
        *await _serial_puts(env, shipment, order),
        events=[shipment_recorded(shipment, order), About(requested, put.document)],
        call=cmd.call,
    )


async def record_delivery(env: Env, cmd: RecordDelivery) -> Shipment:
    """The shipment, delivered; the order becomes COMPLETED if nothing else is left to do."""
    loaded = await env.load(SHIPMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    refuse(*begun_violations("deliver_date", cmd.deliver_date, latest=latest_day(env)))
    order_held = await env.load(ORDERS, loaded.value.order_id, call=cmd.call)
    order, shipment = deliver(order_held.value, loaded.value, cmd.deliver_date, now=env.clock.now())
    order_put = order_held.put(order)
    delivered = ShipmentDelivered(
        shipment_id=shipment.id, order_id=order.id, partner_id=order.partner_id, deliver_date=cmd.deliver_date
    )
    return await env.commit(
        loaded.put(shipment),
        order_put,
        events=[delivered, *completion(order_held.value, order_put.document)],
        call=cmd.call,
    )


async def _replace_goods(env: Env, cmd: RecordShipment, loaded: Loaded[Order]) -> Shipment:
    rma_held = await env.load(RETURNS, cmd.return_id, call=cmd.call)
    new_id, now = env.ids.new("shp"), env.clock.now()
    rma, order, settled = replaced(rma_held.value, loaded.value, cmd.lines, shipment_id=new_id, now=now)
    shipment = _shipment(new_id, order, cmd, now=now)
    put = rma_held.put(rma)
    return await env.commit(
        create(SHIPMENTS, shipment),
        loaded.put(order),
        put,
        *await _serial_puts(env, shipment, order),
        events=[shipment_recorded(shipment, order), *(About(event, put.document) for event in settled)],
        call=cmd.call,
    )


async def _send_back(env: Env, cmd: RecordShipment, loaded: Loaded[Order]) -> Shipment:
    rma_held = await env.load(RETURNS, cmd.return_id, call=cmd.call)
    now = env.clock.now()
    rma = sent_back(rma_held.value, loaded.value, cmd.lines, now=now)
    await _require_not_returned_again(env, rma, cmd.lines)
    shipment = _shipment(env.ids.new("shp"), loaded.value, cmd, now=now)
    return await env.commit(
        create(SHIPMENTS, shipment),
        rma_held.put(rma),
        loaded.put(
            replace(loaded.value, update_time=now)
        ),  # so that no return of the same pieces is accepted meanwhile
        events=[shipment_recorded(shipment, loaded.value)],
        call=cmd.call,
    )


async def _require_not_returned_again(env: Env, rma: Return, lines: tuple[ShipmentLine, ...]) -> None:
    """SerialNotRejected for a piece that another return took since, or that was shipped to somebody else."""
    skus = {line.line_number: line.sku for line in rma.lines}
    serials = {f"{skus[line.line_number]}:{one}": one for line in lines for one in line.serials}
    for loaded in (await get_all(env.store, SERIALS, serials)).values():
        piece = loaded.value
        if piece.returned or piece.return_id or piece.order_id != rma.order_id:
            sku, _, number = piece.id.rpartition(":")
            raise SerialNotRejected(sku, number)


def _shipment(id: str, order: Order, cmd: RecordShipment, *, now: datetime) -> Shipment:
    return new_shipment(
        order,
        cmd.lines,
        id=id,
        ship_date=cmd.ship_date,
        carrier=cmd.carrier,
        tracking_number=cmd.tracking_number,
        return_id=cmd.return_id,
        sends_back=cmd.sends_back,
        now=now,
    )


async def _serial_puts(env: Env, shipment: Shipment, order: Order) -> list[Put[Serial]]:
    """The writes that bind the serials to the shipment; SerialTaken for a piece that was shipped and not returned."""
    puts, serials = [], serials_of(shipment, order)
    stored = await get_all(env.store, SERIALS, (serial.id for serial in serials))
    for serial in serials:
        loaded = stored.get(serial.id)
        if loaded is not None and not loaded.value.returned:
            sku, _, number = serial.id.rpartition(":")
            raise SerialTaken(sku, number)
        puts.append(create(SERIALS, serial) if loaded is None else loaded.put(serial))
    return puts
