"""The gRPC side of diversion: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.diversion import wire
from services.orders.diversion.usecases import cases, sightings
from services.orders.settings import Env


class Api:
    """The RPCs for sightings, custody and cases."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ReportSighting(self, request: pb.ReportSightingRequest, call: Call) -> pb.ReportSightingResponse:
        done = await self._env.run(sightings.report_sighting, wire.REPORT.decode(request, call=call))
        return pb.ReportSightingResponse(sighting=wire.sighting(done, call))

    async def ListSightings(self, request: pb.ListSightingsRequest, call: Call) -> pb.ListSightingsResponse:
        page = await sightings.list_sightings(self._env, wire.LIST_SIGHTINGS.decode(request, call=call))
        found = [wire.sighting(loaded.value, call) for loaded in page.rows]
        return pb.ListSightingsResponse(sightings=found, **page_end(page))

    async def RecordCustody(self, request: pb.RecordCustodyRequest, call: Call) -> pb.RecordCustodyResponse:
        done = await self._env.run(sightings.record_custody, wire.RECORD.decode(request, call=call))
        return pb.RecordCustodyResponse(custody=wire.CUSTODY.encode(done))

    async def GetDiversionCase(self, request: pb.GetDiversionCaseRequest, call: Call) -> pb.GetDiversionCaseResponse:
        found = await cases.get_diversion_case(self._env, wire.GET.decode(request, call=call))
        return pb.GetDiversionCaseResponse(diversion_case=wire.case(found))

    async def ListDiversionCases(
        self, request: pb.ListDiversionCasesRequest, call: Call
    ) -> pb.ListDiversionCasesResponse:
        page = await cases.list_diversion_cases(self._env, wire.LIST.decode(request, call=call))
        found = [wire.listed(loaded.value) for loaded in page.rows]
        return pb.ListDiversionCasesResponse(diversion_cases=found, **page_end(page))

    async def DecideDiversionCase(
        self, request: pb.DecideDiversionCaseRequest, call: Call
    ) -> pb.DecideDiversionCaseResponse:
        done = await self._env.run(cases.decide_diversion_case, wire.DECIDE.decode(request, call=call))
        return pb.DecideDiversionCaseResponse(diversion_case=wire.case(done))

    async def GetDiversionPattern(
        self, request: pb.GetDiversionPatternRequest, call: Call
    ) -> pb.GetDiversionPatternResponse:
        found = await cases.get_diversion_pattern(self._env, wire.PATTERN.decode(request, call=call))
        return pb.GetDiversionPatternResponse(months=[wire.SHARE.encode(one) for one in found])
