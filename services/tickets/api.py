"""The gRPC side of tickets: decode, call one use case, encode."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.tickets import v1 as pb
from libs.rpc.deadline import encode_deadline
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.tickets import wire
from services.tickets.usecases import handling, imports, linking, satisfaction, tickets
from services.tickets.usecases.settings import Env


class TicketService:
    """prm.tickets.v1.TicketService; the proto says what each method promises."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportTicketRow, env.directory)

    async def CreateTicket(self, request: pb.CreateTicketRequest, call: Call) -> pb.CreateTicketResponse:
        ticket = await self._env.run(tickets.create_ticket, wire.CREATE.decode(request, call=call))
        return pb.CreateTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def GetTicket(self, request: pb.GetTicketRequest, call: Call) -> pb.GetTicketResponse:
        return wire.told(await tickets.get_ticket(self._env, wire.GET.decode(request, call=call)))

    async def ListTickets(self, request: pb.ListTicketsRequest, call: Call) -> pb.ListTicketsResponse:
        page = await tickets.list_tickets(self._env, wire.LIST.decode(request, call=call))
        found = [wire.TICKET.encode(held.value) for held in page.rows]
        return pb.ListTicketsResponse(tickets=found, next_page_token=page.next_cursor)

    async def AssignTicket(self, request: pb.AssignTicketRequest, call: Call) -> pb.AssignTicketResponse:
        ticket = await self._env.run(handling.assign_ticket, wire.ASSIGN.decode(request, call=call))
        return pb.AssignTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def AddComment(self, request: pb.AddCommentRequest, call: Call) -> pb.AddCommentResponse:
        comment = await self._env.run(handling.add_comment, wire.COMMENT_ON.decode(request, call=call))
        return pb.AddCommentResponse(comment=wire.COMMENT.encode(comment))

    async def SetPending(self, request: pb.SetPendingRequest, call: Call) -> pb.SetPendingResponse:
        ticket = await self._env.run(handling.set_pending, wire.PAUSE.decode(request, call=call))
        return pb.SetPendingResponse(ticket=wire.TICKET.encode(ticket))

    async def ResumeTicket(self, request: pb.ResumeTicketRequest, call: Call) -> pb.ResumeTicketResponse:
        ticket = await self._env.run(handling.resume_ticket, wire.RESUME.decode(request, call=call))
        return pb.ResumeTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def ResolveTicket(self, request: pb.ResolveTicketRequest, call: Call) -> pb.ResolveTicketResponse:
        ticket = await self._env.run(handling.resolve_ticket, wire.RESOLVE.decode(request, call=call))
        return pb.ResolveTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def CloseTicket(self, request: pb.CloseTicketRequest, call: Call) -> pb.CloseTicketResponse:
        ticket = await self._env.run(handling.close_ticket, wire.CLOSE.decode(request, call=call))
        return pb.CloseTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def ReopenTicket(self, request: pb.ReopenTicketRequest, call: Call) -> pb.ReopenTicketResponse:
        ticket = await self._env.run(handling.reopen_ticket, wire.REOPEN.decode(request, call=call))
        return pb.ReopenTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def MergeTicket(self, request: pb.MergeTicketRequest, call: Call) -> pb.MergeTicketResponse:
        ticket = await self._env.run(linking.merge_ticket, wire.MERGE.decode(request, call=call))
        return pb.MergeTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def SplitTicket(self, request: pb.SplitTicketRequest, call: Call) -> pb.SplitTicketResponse:
        ticket = await self._env.run(linking.split_ticket, wire.SPLIT.decode(request, call=call))
        return pb.SplitTicketResponse(ticket=wire.TICKET.encode(ticket))

    async def ExplainDeadline(self, request: pb.ExplainDeadlineRequest, call: Call) -> pb.ExplainDeadlineResponse:
        clock, deadline = await tickets.explain_deadline(self._env, wire.EXPLAIN.decode(request, call=call))
        return pb.ExplainDeadlineResponse(
            clock=wire.CLOCK.encode(clock), deadline=encode_deadline(deadline, clock.start_time)
        )

    async def RecordSatisfaction(
        self, request: pb.RecordSatisfactionRequest, call: Call
    ) -> pb.RecordSatisfactionResponse:
        ticket = await self._env.run(handling.record_satisfaction, wire.RATE.decode(request, call=call))
        return pb.RecordSatisfactionResponse(ticket=wire.TICKET.encode(ticket))

    async def GetSatisfactionReport(
        self, request: pb.GetSatisfactionReportRequest, call: Call
    ) -> pb.GetSatisfactionReportResponse:
        report = await satisfaction.get_satisfaction_report(self._env, wire.GET_REPORT.decode(request, call=call))
        return pb.GetSatisfactionReportResponse(report=wire.REPORT.encode(report))

    async def ListSatisfactionReports(
        self, request: pb.ListSatisfactionReportsRequest, call: Call
    ) -> pb.ListSatisfactionReportsResponse:
        page = await satisfaction.list_satisfaction_reports(self._env, wire.LIST_REPORTS.decode(request, call=call))
        found = [wire.REPORT.encode(one) for one in page.rows]
        return pb.ListSatisfactionReportsResponse(reports=found, next_page_token=page.next_page_token)

    async def ImportTickets(
        self, batches: AsyncIterator[Incoming[pb.ImportTicketsRequest]], call: Call
    ) -> AsyncIterator[pb.ImportTicketsResponse]:
        async for results in take_batches(batches, self._check_row, partial(self._import, call=call)):
            yield pb.ImportTicketsResponse(results=results)

    async def _import(self, row: pb.ImportTicketRow, *, call: Call) -> Imported:
        return await self._env.run(imports.import_ticket, wire.row(row, call))
