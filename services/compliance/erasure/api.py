"""The gRPC side of erasures: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.erasure import usecases, wire
from services.compliance.erasure.wire import ERASURE
from services.compliance.settings import Env


class Api:
    """The RPCs of erasures."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def BeginErasure(self, request: pb.BeginErasureRequest, call: Call) -> pb.BeginErasureResponse:
        begun = await self._env.run(usecases.begin_erasure, wire.BEGIN.decode(request, call=call))
        return pb.BeginErasureResponse(erasure=ERASURE.encode(begun))

    async def GetErasure(self, request: pb.GetErasureRequest, call: Call) -> pb.GetErasureResponse:
        found = await usecases.get_erasure(self._env, wire.GET.decode(request, call=call))
        return pb.GetErasureResponse(erasure=ERASURE.encode(found))
