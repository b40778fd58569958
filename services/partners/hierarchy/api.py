"""The gRPC side of the hierarchy: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from services.partners.hierarchy import usecases, wire
from services.partners.record.wire import PARTNER
from services.partners.settings import Env


class Api:
    """The RPCs that list a downline and set the access to it."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ListDownline(self, request: pb.ListDownlineRequest, call: Call) -> pb.ListDownlineResponse:
        page, token = await usecases.list_downline(self._env, wire.LIST.decode(request, call=call))
        return pb.ListDownlineResponse(downline=[wire.downline_partner(one) for one in page], next_page_token=token)

    async def SetDownlineAccess(self, request: pb.SetDownlineAccessRequest, call: Call) -> pb.SetDownlineAccessResponse:
        partner = await self._env.run(usecases.set_downline_access, wire.SET_ACCESS.decode(request, call=call))
        return pb.SetDownlineAccessResponse(partner=PARTNER.encode(partner))
