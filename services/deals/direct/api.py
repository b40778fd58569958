"""The gRPC side of direct sales: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.direct import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPC for the vendor's own sellers."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CheckDirectSale(self, request: pb.CheckDirectSaleRequest, call: Call) -> pb.CheckDirectSaleResponse:
        done = await self._env.run(usecases.check_direct_sale, wire.CHECK.decode(request, call=call))
        return pb.CheckDirectSaleResponse(check=wire.ANSWER.encode(done))
