"""The gRPC side of linking: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.tickets import v1 as pb
from services.tickets.linking import usecases, wire
from services.tickets.record.wire import TICKET
from services.tickets.settings import Env


class Api:
    """The RPCs that merge and split tickets."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def MergeTicket(self, request: pb.MergeTicketRequest, call: Call) -> pb.MergeTicketResponse:
        ticket = await self._env.run(usecases.merge_ticket, wire.MERGE.decode(request, call=call))
        return pb.MergeTicketResponse(ticket=TICKET.encode(ticket))

    async def SplitTicket(self, request: pb.SplitTicketRequest, call: Call) -> pb.SplitTicketResponse:
        ticket = await self._env.run(usecases.split_ticket, wire.SPLIT.decode(request, call=call))
        return pb.SplitTicketResponse(ticket=TICKET.encode(ticket))
