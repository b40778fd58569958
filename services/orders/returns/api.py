"""The gRPC side of returns: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.returns import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs that authorize, receive and inspect returns."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def AuthorizeReturn(self, request: pb.AuthorizeReturnRequest, call: Call) -> pb.AuthorizeReturnResponse:
        done = await self._env.run(usecases.authorize_return, wire.AUTHORIZE.decode(request, call=call))
        return pb.AuthorizeReturnResponse(returned=wire.RETURN.encode(done))

    async def ReceiveReturn(self, request: pb.ReceiveReturnRequest, call: Call) -> pb.ReceiveReturnResponse:
        done = await self._env.run(usecases.receive_return, wire.RECEIVE.decode(request, call=call))
        return pb.ReceiveReturnResponse(returned=wire.RETURN.encode(done))

    async def InspectReturn(self, request: pb.InspectReturnRequest, call: Call) -> pb.InspectReturnResponse:
        done = await self._env.run(usecases.inspect_return, wire.INSPECT.decode(request, call=call))
        return pb.InspectReturnResponse(returned=wire.RETURN.encode(done))
