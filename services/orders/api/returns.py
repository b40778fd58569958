"""Goods that come back."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.usecases import returns
from services.orders.usecases.settings import Env
from services.orders.wire import returns as wire


class ReturnMethods:
    """What callers do with returns."""

    _env: Env

    async def AuthorizeReturn(self, request: pb.AuthorizeReturnRequest, call: Call) -> pb.AuthorizeReturnResponse:
        done = await self._env.run(returns.authorize_return, wire.AUTHORIZE.decode(request, call=call))
        return pb.AuthorizeReturnResponse(returned=wire.returned(done))

    async def ReceiveReturn(self, request: pb.ReceiveReturnRequest, call: Call) -> pb.ReceiveReturnResponse:
        done = await self._env.run(returns.receive_return, wire.RECEIVE.decode(request, call=call))
        return pb.ReceiveReturnResponse(returned=wire.returned(done))

    async def InspectReturn(self, request: pb.InspectReturnRequest, call: Call) -> pb.InspectReturnResponse:
        done = await self._env.run(returns.inspect_return, wire.INSPECT.decode(request, call=call))
        return pb.InspectReturnResponse(returned=wire.returned(done))
