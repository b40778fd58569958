"""The gRPC side of price corridors: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.price_corridor import usecases, wire
from services.partners.price_corridor.domain.corridor import PriceCorridor
from services.partners.settings import Env


class Api:
    """The RPCs for price corridors and reported prices."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutPriceCorridor(self, request: pb.PutPriceCorridorRequest, call: Call) -> pb.PutPriceCorridorResponse:
        done = await self._env.run(usecases.put_price_corridor, wire.PUT.decode(request, call=call))
        return pb.PutPriceCorridorResponse(price_corridor=self._shown(done))

    async def ListPriceCorridors(
        self, request: pb.ListPriceCorridorsRequest, call: Call
    ) -> pb.ListPriceCorridorsResponse:
        page = await usecases.list_price_corridors(self._env, wire.LIST.decode(request, call=call))
        found = [self._shown(loaded.value) for loaded in page.rows]
        return pb.ListPriceCorridorsResponse(price_corridors=found, **page_end(page))

    async def ReportPrice(self, request: pb.ReportPriceRequest, call: Call) -> pb.ReportPriceResponse:
        done = await self._env.run(usecases.report_price, wire.REPORT_PRICE.decode(request, call=call))
        return pb.ReportPriceResponse(price_report=wire.REPORT.encode(done))

    def _shown(self, corridor: PriceCorridor) -> pb.PriceCorridor:
        return wire.corridor(corridor, usecases.standings(self._env, corridor.country, corridor.bounds))
