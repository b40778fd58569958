"""The gRPC side of returns on investment: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.roi import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs that put and show statements."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutRoiStatement(self, request: pb.PutRoiStatementRequest, call: Call) -> pb.PutRoiStatementResponse:
        done = await self._env.run(usecases.put_roi_statement, wire.PUT.decode(request, call=call))
        return pb.PutRoiStatementResponse(roi_statement=wire.statement(done))

    async def GetRoiStatement(self, request: pb.GetRoiStatementRequest, call: Call) -> pb.GetRoiStatementResponse:
        cmd = wire.GET.decode(request, call=call)
        found = await usecases.get_roi_statement(self._env, cmd)
        return pb.GetRoiStatementResponse(roi_statement=wire.statement(found, cmd.off))

    async def ListRoiStatements(self, request: pb.ListRoiStatementsRequest, call: Call) -> pb.ListRoiStatementsResponse:
        page = await usecases.list_roi_statements(self._env, wire.LIST.decode(request, call=call))
        found = [wire.statement(loaded.value) for loaded in page.rows]
        return pb.ListRoiStatementsResponse(roi_statements=found, **page_end(page))
