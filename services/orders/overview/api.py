"""The gRPC side of overview: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.overview import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPC that shows an order with everything that belongs to it."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetOrder(self, request: pb.GetOrderRequest, call: Call) -> pb.GetOrderResponse:
        return wire.overview(await usecases.get_order(self._env, wire.GET.decode(request, call=call)))
