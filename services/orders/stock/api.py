"""The gRPC side of stock: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.settings import Env
from services.orders.stock import usecases, wire


class Api:
    """The RPCs that report and show stock."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ReportStock(self, request: pb.ReportStockRequest, call: Call) -> pb.ReportStockResponse:
        report = await self._env.run(usecases.report_stock, wire.REPORT.decode(request, call=call))
        return pb.ReportStockResponse(movement=wire.MOVEMENT.encode(report))

    async def ExplainStock(self, request: pb.ExplainStockRequest, call: Call) -> pb.ExplainStockResponse:
        return wire.explained(await usecases.explain_stock(self._env, wire.EXPLAIN.decode(request, call=call)))

    async def ListStock(self, request: pb.ListStockRequest, call: Call) -> pb.ListStockResponse:
        found, page = await usecases.list_stock(self._env, wire.LIST.decode(request, call=call))
        return pb.ListStockResponse(stocks=[wire.shown(one) for one in found], **page_end(page))

    async def ListStockMovements(
        self, request: pb.ListStockMovementsRequest, call: Call
    ) -> pb.ListStockMovementsResponse:
        page = await usecases.list_stock_movements(self._env, wire.LIST_MOVEMENTS.decode(request, call=call))
        found = [wire.MOVEMENT.encode(loaded.value) for loaded in page.rows]
        return pb.ListStockMovementsResponse(movements=found, **page_end(page))

    async def ProposeStock(self, request: pb.ProposeStockRequest, call: Call) -> pb.ProposeStockResponse:
        found = await usecases.propose_stock(self._env, wire.PROPOSE.decode(request, call=call))
        return pb.ProposeStockResponse(proposals=[wire.PROPOSAL.encode(one) for one in found])
