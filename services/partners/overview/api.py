"""The gRPC side of the overview: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from services.partners.overview import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPC that shows a partner with everything known about it."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetPartner(self, request: pb.GetPartnerRequest, call: Call) -> pb.GetPartnerResponse:
        return wire.overview(await usecases.get_partner(self._env, wire.GET.decode(request, call=call)))
