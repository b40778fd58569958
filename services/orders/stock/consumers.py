"""The consumers of stock: shipments and returns move pieces to and from partners."""

import msgspec

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from services.orders.returns.events import ReturnReceived
from services.orders.settings import Env
from services.orders.shipping.events import ShipmentRecorded
from services.orders.stock import usecases


class _ImportedPayload(msgspec.Struct, frozen=True, kw_only=True):
    order_id: str


async def on_shipment(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the sell-in of a shipment."""
    shipment = EventCodec.decode(envelope, ShipmentRecorded)
    await usecases.record_shipment(env, usecases.RecordMovements(call=call, id=shipment.shipment_id))


async def on_import(env: Env, envelope: Envelope, call: Call) -> None:
    """Record the sell-in of an imported order."""
    order = EventCodec.decode(envelope, _ImportedPayload)
    await usecases.record_imported(env, usecases.RecordMovements(call=call, id=order.order_id))


async def on_return(env: Env, envelope: Envelope, call: Call) -> None:
    """Record what came back."""
    received = EventCodec.decode(envelope, ReturnReceived)
    await usecases.record_return(env, usecases.RecordMovements(call=call, id=received.return_id))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("orders.shipment.recorded", on_shipment, repeatable=True, part="stock"),
    Consumer("orders.order.imported", on_import, repeatable=True, part="stock"),
    Consumer("orders.return.received", on_return, repeatable=True, part="stock"),
)
