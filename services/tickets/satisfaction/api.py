"""The gRPC side of satisfaction: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.tickets import v1 as pb
from services.tickets.record.wire import TICKET
from services.tickets.satisfaction import usecases, wire
from services.tickets.settings import Env


class Api:
    """The RPCs that record satisfaction and report it."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordSatisfaction(
        self, request: pb.RecordSatisfactionRequest, call: Call
    ) -> pb.RecordSatisfactionResponse:
        ticket = await self._env.run(usecases.record_satisfaction, wire.RATE.decode(request, call=call))
        return pb.RecordSatisfactionResponse(ticket=TICKET.encode(ticket))

    async def GetSatisfactionReport(
        self, request: pb.GetSatisfactionReportRequest, call: Call
    ) -> pb.GetSatisfactionReportResponse:
        report = await usecases.get_satisfaction_report(self._env, wire.GET_REPORT.decode(request, call=call))
        return pb.GetSatisfactionReportResponse(report=wire.REPORT.encode(report))

    async def ListSatisfactionReports(
        self, request: pb.ListSatisfactionReportsRequest, call: Call
    ) -> pb.ListSatisfactionReportsResponse:
        page = await usecases.list_satisfaction_reports(self._env, wire.LIST_REPORTS.decode(request, call=call))
        found = [wire.REPORT.encode(one) for one in page.rows]
        return pb.ListSatisfactionReportsResponse(reports=found, next_page_token=page.next_page_token)
