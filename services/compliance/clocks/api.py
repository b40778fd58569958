"""The gRPC side of clocks: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.deadline import encode_deadline
from services.compliance.clocks import usecases, wire
from services.compliance.clocks.wire import CLOCK
from services.compliance.settings import Env


class Api:
    """The RPCs of clocks."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetClock(self, request: pb.GetClockRequest, call: Call) -> pb.GetClockResponse:
        found = await usecases.get_clock(self._env, wire.GET.decode(request, call=call))
        return pb.GetClockResponse(clock=CLOCK.encode(found))

    async def ExplainDeadline(self, request: pb.ExplainDeadlineRequest, call: Call) -> pb.ExplainDeadlineResponse:
        clock, deadline = await usecases.explain_deadline(self._env, wire.EXPLAIN.decode(request, call=call))
        return pb.ExplainDeadlineResponse(
            clock=CLOCK.encode(clock), deadline=encode_deadline(deadline, clock.start_time)
        )

    async def ListDeadlines(self, request: pb.ListDeadlinesRequest, call: Call) -> pb.ListDeadlinesResponse:
        page = await usecases.list_deadlines(self._env, wire.LIST.decode(request, call=call))
        found = [CLOCK.encode(loaded.value) for loaded in page.rows]
        return pb.ListDeadlinesResponse(clocks=found, next_page_token=page.next_cursor)

    async def AcknowledgeReceipt(
        self, request: pb.AcknowledgeReceiptRequest, call: Call
    ) -> pb.AcknowledgeReceiptResponse:
        changed = await self._env.run(usecases.acknowledge_receipt, wire.ACKNOWLEDGE.decode(request, call=call))
        return pb.AcknowledgeReceiptResponse(clock=CLOCK.encode(changed))

    async def ExtendDeadline(self, request: pb.ExtendDeadlineRequest, call: Call) -> pb.ExtendDeadlineResponse:
        changed = await self._env.run(usecases.extend_deadline, wire.EXTEND.decode(request, call=call))
        return pb.ExtendDeadlineResponse(clock=CLOCK.encode(changed))
