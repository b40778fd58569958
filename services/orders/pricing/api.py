"""The gRPC side of pricing: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.pricing import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs that put and show price lists."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutPriceList(self, request: pb.PutPriceListRequest, call: Call) -> pb.PutPriceListResponse:
        done = await self._env.run(usecases.put_price_list, wire.PUT.decode(request, call=call))
        return pb.PutPriceListResponse(price_list=wire.PRICE_LIST.encode(done))

    async def GetPriceList(self, request: pb.GetPriceListRequest, call: Call) -> pb.GetPriceListResponse:
        found = await usecases.get_price_list(self._env, wire.GET.decode(request, call=call))
        return pb.GetPriceListResponse(price_list=wire.PRICE_LIST.encode(found))
