"""The gRPC side of deliveries: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.hooks import v1 as pb
from services.hooks.deliveries import usecases, wire
from services.hooks.settings import Env


class Api:
    """The RPCs about deliveries."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetBacklog(self, request: pb.GetBacklogRequest, call: Call) -> pb.GetBacklogResponse:
        found = await usecases.get_backlog(self._env, wire.GET_BACKLOG.decode(request, call=call))
        return pb.GetBacklogResponse(backlog=wire.BACKLOG.encode(found))

    async def GetDelivery(self, request: pb.GetDeliveryRequest, call: Call) -> pb.GetDeliveryResponse:
        found = await usecases.get_delivery(self._env, wire.GET.decode(request, call=call))
        return pb.GetDeliveryResponse(delivery=wire.DELIVERY.encode(found))

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, call: Call) -> pb.ListDeliveriesResponse:
        found = await usecases.list_deliveries(self._env, wire.LIST.decode(request, call=call))
        return wire.deliveries(found)

    async def Redeliver(self, request: pb.RedeliverRequest, call: Call) -> pb.RedeliverResponse:
        found = await self._env.run(usecases.redeliver, wire.REDELIVER.decode(request, call=call))
        return pb.RedeliverResponse(delivery=wire.DELIVERY.encode(found))

    async def RedeliverSince(self, request: pb.RedeliverSinceRequest, call: Call) -> pb.RedeliverSinceResponse:
        found = await self._env.run(usecases.redeliver_since, wire.REDELIVER_SINCE.decode(request, call=call))
        backlog = await usecases.show_backlog(self._env, found.id)
        return pb.RedeliverSinceResponse(backlog=wire.BACKLOG.encode(backlog))
