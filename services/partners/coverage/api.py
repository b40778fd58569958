"""The gRPC side of coverage: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.coverage import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPCs for market potentials and coverage."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutMarketPotential(
        self, request: pb.PutMarketPotentialRequest, call: Call
    ) -> pb.PutMarketPotentialResponse:
        potential = await self._env.run(usecases.put_market_potential, wire.PUT.decode(request, call=call))
        return pb.PutMarketPotentialResponse(market_potential=wire.POTENTIAL.encode(potential))

    async def ListMarketPotentials(
        self, request: pb.ListMarketPotentialsRequest, call: Call
    ) -> pb.ListMarketPotentialsResponse:
        page = await usecases.list_market_potentials(self._env, wire.LIST.decode(request, call=call))
        found = [wire.POTENTIAL.encode(loaded.value) for loaded in page.rows]
        return pb.ListMarketPotentialsResponse(market_potentials=found, **page_end(page))

    async def GetCoverage(self, request: pb.GetCoverageRequest, call: Call) -> pb.GetCoverageResponse:
        return wire.SHOWN.encode(await usecases.get_coverage(self._env, wire.GET.decode(request, call=call)))
