"""The gRPC side of handling: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.tickets import v1 as pb
from libs.store.paging import page_end
from services.tickets.handling import wire
from services.tickets.handling.usecases import filing, handling
from services.tickets.record.wire import COMMENT, TICKET
from services.tickets.settings import Env


class Api:
    """The RPCs for tickets from filing to closing."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateTicket(self, request: pb.CreateTicketRequest, call: Call) -> pb.CreateTicketResponse:
        ticket = await self._env.run(filing.create_ticket, wire.CREATE.decode(request, call=call))
        return pb.CreateTicketResponse(ticket=TICKET.encode(ticket))

    async def GetTicket(self, request: pb.GetTicketRequest, call: Call) -> pb.GetTicketResponse:
        return wire.ticket_with_history(await filing.get_ticket(self._env, wire.GET.decode(request, call=call)))

    async def ListTickets(self, request: pb.ListTicketsRequest, call: Call) -> pb.ListTicketsResponse:
        page = await filing.list_tickets(self._env, wire.LIST.decode(request, call=call))
        found = [TICKET.encode(loaded.value) for loaded in page.rows]
        return pb.ListTicketsResponse(tickets=found, **page_end(page))

    async def AssignTicket(self, request: pb.AssignTicketRequest, call: Call) -> pb.AssignTicketResponse:
        ticket = await self._env.run(handling.assign_ticket, wire.ASSIGN.decode(request, call=call))
        return pb.AssignTicketResponse(ticket=TICKET.encode(ticket))

    async def AddComment(self, request: pb.AddCommentRequest, call: Call) -> pb.AddCommentResponse:
        comment = await self._env.run(handling.add_comment, wire.COMMENT_ON.decode(request, call=call))
        return pb.AddCommentResponse(comment=COMMENT.encode(comment))

    async def SetPending(self, request: pb.SetPendingRequest, call: Call) -> pb.SetPendingResponse:
        ticket = await self._env.run(handling.set_pending, wire.PAUSE.decode(request, call=call))
        return pb.SetPendingResponse(ticket=TICKET.encode(ticket))

    async def ResumeTicket(self, request: pb.ResumeTicketRequest, call: Call) -> pb.ResumeTicketResponse:
        ticket = await self._env.run(handling.resume_ticket, wire.RESUME.decode(request, call=call))
        return pb.ResumeTicketResponse(ticket=TICKET.encode(ticket))

    async def ResolveTicket(self, request: pb.ResolveTicketRequest, call: Call) -> pb.ResolveTicketResponse:
        ticket = await self._env.run(handling.resolve_ticket, wire.RESOLVE.decode(request, call=call))
        return pb.ResolveTicketResponse(ticket=TICKET.encode(ticket))

    async def CloseTicket(self, request: pb.CloseTicketRequest, call: Call) -> pb.CloseTicketResponse:
        ticket = await self._env.run(handling.close_ticket, wire.CLOSE.decode(request, call=call))
        return pb.CloseTicketResponse(ticket=TICKET.encode(ticket))

    async def ReopenTicket(self, request: pb.ReopenTicketRequest, call: Call) -> pb.ReopenTicketResponse:
        ticket = await self._env.run(handling.reopen_ticket, wire.REOPEN.decode(request, call=call))
        return pb.ReopenTicketResponse(ticket=TICKET.encode(ticket))
