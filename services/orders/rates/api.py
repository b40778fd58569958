"""The gRPC side of exchange rates: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.rates import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs that put and show exchange rates."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutRates(self, request: pb.PutRatesRequest, call: Call) -> pb.PutRatesResponse:
        table = await self._env.run(usecases.put_rates, wire.PUT.decode(request, call=call))
        return pb.PutRatesResponse(table=wire.TABLE.encode(table))

    async def GetRate(self, request: pb.GetRateRequest, call: Call) -> pb.GetRateResponse:
        found = await usecases.get_rate(self._env, wire.GET.decode(request, call=call))
        return pb.GetRateResponse(rate=wire.RATE.encode(found))

    async def GetAverageRate(self, request: pb.GetAverageRateRequest, call: Call) -> pb.GetAverageRateResponse:
        found = await usecases.get_average_rate(self._env, wire.GET_AVERAGE.decode(request, call=call))
        return pb.GetAverageRateResponse(rate=wire.AVERAGE.encode(found))

    async def GetRateTable(self, request: pb.GetRateTableRequest, call: Call) -> pb.GetRateTableResponse:
        found = await usecases.get_rate_table(self._env, wire.GET_TABLE.decode(request, call=call))
        return pb.GetRateTableResponse(table=wire.TABLE.encode(found))

    async def ListRates(self, request: pb.ListRatesRequest, call: Call) -> pb.ListRatesResponse:
        page = await usecases.list_rates(self._env, wire.LIST.decode(request, call=call))
        found = [wire.TABLE.encode(loaded.value) for loaded in page.rows]
        return pb.ListRatesResponse(tables=found, **page_end(page))
