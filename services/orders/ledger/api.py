"""The gRPC side of the ledger: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.ledger import wire
from services.orders.ledger.usecases import booking, counting, lookups, simulation
from services.orders.settings import Env


class Api:
    """The RPCs of the ledger."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def SetSalesShares(self, request: pb.SetSalesSharesRequest, call: Call) -> pb.SetSalesSharesResponse:
        return wire.shares(await self._env.run(counting.set_sales_shares, wire.SET_SHARES.decode(request, call=call)))

    async def ListEntries(self, request: pb.ListEntriesRequest, call: Call) -> pb.ListEntriesResponse:
        page = await lookups.list_entries(self._env, wire.LIST.decode(request, call=call))
        found = [wire.ENTRY.encode(loaded.value) for loaded in page.rows]
        return pb.ListEntriesResponse(entries=found, **page_end(page))

    async def ExplainEntry(self, request: pb.ExplainEntryRequest, call: Call) -> pb.ExplainEntryResponse:
        return wire.explained(await lookups.explain_entry(self._env, wire.EXPLAIN.decode(request, call=call)))

    async def GetIncentiveStatement(
        self, request: pb.GetIncentiveStatementRequest, call: Call
    ) -> pb.GetIncentiveStatementResponse:
        command = wire.GET_STATEMENT.decode(request, call=call)
        return wire.statement(await lookups.get_incentive_statement(self._env, command))

    async def ClosePeriod(self, request: pb.ClosePeriodRequest, call: Call) -> pb.ClosePeriodResponse:
        return wire.BOOK.encode(await self._env.run(booking.close_period, wire.CLOSE.decode(request, call=call)))

    async def SimulateIncentivePlan(
        self, request: pb.SimulateIncentivePlanRequest, call: Call
    ) -> pb.SimulateIncentivePlanResponse:
        return wire.simulated(await simulation.simulate_plan(self._env, wire.SIMULATE.decode(request, call=call)))

    async def ReplayLedger(self, request: pb.ReplayLedgerRequest, call: Call) -> pb.ReplayLedgerResponse:
        return wire.replayed(await booking.replay(self._env, wire.REPLAY.decode(request, call=call)))
