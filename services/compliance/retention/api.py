"""The gRPC side of the retention schedule: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from libs.store.paging import page_end
from services.compliance.retention import usecases, wire
from services.compliance.retention.wire import REPORT
from services.compliance.settings import Env


class Api:
    """The RPCs of the retention schedule."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetRetentionSchedule(
        self, request: pb.GetRetentionScheduleRequest, call: Call
    ) -> pb.GetRetentionScheduleResponse:
        found = await usecases.get_retention_schedule(self._env, wire.GET_SCHEDULE.decode(request, call=call))
        return wire.SCHEDULE.encode(found)

    async def RehearsePurge(self, request: pb.RehearsePurgeRequest, call: Call) -> pb.RehearsePurgeResponse:
        report = await self._env.run(usecases.rehearse_purge, wire.REHEARSE.decode(request, call=call))
        return pb.RehearsePurgeResponse(report=REPORT.encode(report))

    async def GetPurgeReport(self, request: pb.GetPurgeReportRequest, call: Call) -> pb.GetPurgeReportResponse:
        report = await usecases.get_purge_report(self._env, wire.GET.decode(request, call=call))
        return pb.GetPurgeReportResponse(report=REPORT.encode(report))

    async def ListPurgeReports(self, request: pb.ListPurgeReportsRequest, call: Call) -> pb.ListPurgeReportsResponse:
        page = await usecases.list_purge_reports(self._env, wire.LIST.decode(request, call=call))
        found = [REPORT.encode(loaded.value) for loaded in page.rows]
        return pb.ListPurgeReportsResponse(reports=found, **page_end(page))
