"""The gRPC side of shipping: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.settings import Env
from services.orders.shipping import usecases, wire


class Api:
    """The RPCs that record shipments and deliveries."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordShipment(self, request: pb.RecordShipmentRequest, call: Call) -> pb.RecordShipmentResponse:
        done = await self._env.run(usecases.record_shipment, wire.SHIP.decode(request, call=call))
        return pb.RecordShipmentResponse(shipment=wire.SHIPMENT.encode(done))

    async def RecordDelivery(self, request: pb.RecordDeliveryRequest, call: Call) -> pb.RecordDeliveryResponse:
        done = await self._env.run(usecases.record_delivery, wire.DELIVER.decode(request, call=call))
        return pb.RecordDeliveryResponse(shipment=wire.SHIPMENT.encode(done))
