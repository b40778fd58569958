"""The gRPC side of screening: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.screening import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPCs for screening lists and screenings."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutScreeningEntries(
        self, request: pb.PutScreeningEntriesRequest, call: Call
    ) -> pb.PutScreeningEntriesResponse:
        cmd = wire.PUT.decode(request, call=call)
        return wire.put(await self._env.run(usecases.put_screening_entries, cmd), cmd)

    async def JudgeScreeningCandidate(
        self, request: pb.JudgeScreeningCandidateRequest, call: Call
    ) -> pb.JudgeScreeningCandidateResponse:
        done = await self._env.run(usecases.judge_screening_candidate, wire.JUDGE.decode(request, call=call))
        return pb.JudgeScreeningCandidateResponse(screening=wire.screening(done))

    async def GetScreening(self, request: pb.GetScreeningRequest, call: Call) -> pb.GetScreeningResponse:
        found = await usecases.get_screening(self._env, wire.GET.decode(request, call=call))
        return pb.GetScreeningResponse(screening=wire.screening(found))

    async def ListScreenings(self, request: pb.ListScreeningsRequest, call: Call) -> pb.ListScreeningsResponse:
        page = await usecases.list_screenings(self._env, wire.LIST.decode(request, call=call))
        found = [wire.screening(loaded.value) for loaded in page.rows]
        return pb.ListScreeningsResponse(screenings=found, **page_end(page))
