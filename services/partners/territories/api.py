"""The gRPC side of territories: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.settings import Env
from services.partners.territories import usecases, wire


class Api:
    """The RPCs that grant, revoke and list territories."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GrantTerritory(self, request: pb.GrantTerritoryRequest, call: Call) -> pb.GrantTerritoryResponse:
        grant = await self._env.run(usecases.grant_territory, wire.GRANT.decode(request, call=call))
        return pb.GrantTerritoryResponse(territory=wire.TERRITORY.encode(grant))

    async def RevokeTerritory(self, request: pb.RevokeTerritoryRequest, call: Call) -> pb.RevokeTerritoryResponse:
        grant = await self._env.run(usecases.revoke_territory, wire.REVOKE.decode(request, call=call))
        return pb.RevokeTerritoryResponse(territory=wire.TERRITORY.encode(grant))

    async def ListTerritories(self, request: pb.ListTerritoriesRequest, call: Call) -> pb.ListTerritoriesResponse:
        page = await usecases.list_territories(self._env, wire.LIST.decode(request, call=call))
        found = [wire.TERRITORY.encode(loaded.value) for loaded in page.rows]
        return pb.ListTerritoriesResponse(territories=found, **page_end(page))
