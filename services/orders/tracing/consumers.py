"""The consumers of traces: they ask the other cells about each new trace, and let them ask about what was shipped."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from services.orders.settings import Env
from services.orders.shipping.events import ShipmentRecorded
from services.orders.tracing import usecases
from services.orders.tracing.reads import PIECES


async def on_shipment(env: Env, envelope: Envelope, call: Call) -> None:
    """Let other cells ask about the pieces."""
    shipment = EventCodec.decode(envelope, ShipmentRecorded)
    await usecases.offer_shipment(env, usecases.OfferShipment(call=call, id=shipment.shipment_id))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("orders.shipment.recorded", on_shipment),
    Consumer("orders.trace.requested", PIECES.on_change),
)
ARRIVING: tuple[Consumer[Env], ...] = PIECES.arriving
