"""The gRPC side of data quality: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.quality import wire
from services.partners.quality.domain.shown import record_of
from services.partners.quality.usecases import looking, results
from services.partners.settings import Env


class Api:
    """The RPCs for scores and findings."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetQuality(self, request: pb.GetQualityRequest, call: Call) -> pb.GetQualityResponse:
        return wire.quality(await results.get_quality(self._env, wire.GET.decode(request, call=call)))

    async def ListQualityRecords(
        self, request: pb.ListQualityRecordsRequest, call: Call
    ) -> pb.ListQualityRecordsResponse:
        page = await results.list_quality_records(self._env, wire.LIST_RECORDS.decode(request, call=call))
        found = [wire.record(loaded.value) for loaded in page.rows]
        return pb.ListQualityRecordsResponse(quality_records=found, **page_end(page))

    async def ListQualityFindings(
        self, request: pb.ListQualityFindingsRequest, call: Call
    ) -> pb.ListQualityFindingsResponse:
        page = await results.list_quality_findings(self._env, wire.LIST_FINDINGS.decode(request, call=call))
        found = [wire.finding(loaded.value) for loaded in page.rows]
        return pb.ListQualityFindingsResponse(quality_findings=found, **page_end(page))

    async def DismissQualityFinding(
        self, request: pb.DismissQualityFindingRequest, call: Call
    ) -> pb.DismissQualityFindingResponse:
        done = await self._env.run(results.dismiss_quality_finding, wire.DISMISS.decode(request, call=call))
        return pb.DismissQualityFindingResponse(quality_finding=wire.finding(done))

    async def ConfirmQualityRecord(
        self, request: pb.ConfirmQualityRecordRequest, call: Call
    ) -> pb.ConfirmQualityRecordResponse:
        done = await self._env.run(looking.confirm_quality_record, wire.CONFIRM.decode(request, call=call))
        shown = record_of(done, to_partner=bool(call.caller.partner_id))
        return pb.ConfirmQualityRecordResponse(quality_record=wire.record(shown))

    async def GetQualitySummary(self, request: pb.GetQualitySummaryRequest, call: Call) -> pb.GetQualitySummaryResponse:
        found = await results.get_quality_summary(self._env, wire.GET_SUMMARY.decode(request, call=call))
        return pb.GetQualitySummaryResponse(quality_summary=wire.SUMMARY.encode(found))
