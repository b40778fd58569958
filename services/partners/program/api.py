"""The gRPC side of programmes: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.program import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPCs for versions of programmes."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftProgram(self, request: pb.DraftProgramRequest, call: Call) -> pb.DraftProgramResponse:
        program = await self._env.run(usecases.draft_program, wire.DRAFT.decode(request, call=call))
        return pb.DraftProgramResponse(program=wire.PROGRAM.encode(program))

    async def PublishProgram(self, request: pb.PublishProgramRequest, call: Call) -> pb.PublishProgramResponse:
        program = await self._env.run(usecases.publish_program, wire.PUBLISH.decode(request, call=call))
        return pb.PublishProgramResponse(program=wire.PROGRAM.encode(program))

    async def WithdrawProgram(self, request: pb.WithdrawProgramRequest, call: Call) -> pb.WithdrawProgramResponse:
        program = await self._env.run(usecases.withdraw_program, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawProgramResponse(program=wire.PROGRAM.encode(program))

    async def GetProgram(self, request: pb.GetProgramRequest, call: Call) -> pb.GetProgramResponse:
        program = await usecases.get_program(self._env, wire.GET.decode(request, call=call))
        return pb.GetProgramResponse(program=wire.PROGRAM.encode(program))

    async def ListPrograms(self, request: pb.ListProgramsRequest, call: Call) -> pb.ListProgramsResponse:
        page = await usecases.list_programs(self._env, wire.LIST.decode(request, call=call))
        found = [wire.PROGRAM.encode(loaded.value) for loaded in page.rows]
        return pb.ListProgramsResponse(programs=found, **page_end(page))
