"""The gRPC side of traces: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.settings import Env
from services.orders.tracing import usecases, wire


class Api:
    """The RPCs that trace a piece."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def TraceSerial(self, request: pb.TraceSerialRequest, call: Call) -> pb.TraceSerialResponse:
        made = await self._env.run(usecases.trace_serial, wire.TRACE.decode(request, call=call))
        return pb.TraceSerialResponse(trace=wire.shown(await usecases.traced(self._env, made)))

    async def GetTrace(self, request: pb.GetTraceRequest, call: Call) -> pb.GetTraceResponse:
        found = await usecases.get_trace(self._env, wire.GET.decode(request, call=call))
        return pb.GetTraceResponse(trace=wire.shown(found))
