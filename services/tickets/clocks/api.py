"""The gRPC side of clocks: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.tickets import v1 as pb
from libs.rpc.deadline import encode_deadline
from services.tickets.clocks import usecases, wire
from services.tickets.settings import Env


class Api:
    """The RPC that explains a deadline."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ExplainDeadline(self, request: pb.ExplainDeadlineRequest, call: Call) -> pb.ExplainDeadlineResponse:
        clock, deadline = await usecases.explain_deadline(self._env, wire.EXPLAIN.decode(request, call=call))
        return pb.ExplainDeadlineResponse(
            clock=wire.CLOCK.encode(clock), deadline=encode_deadline(deadline, clock.start_time)
        )
