"""The gRPC side of the overview: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.overview import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPC that returns one claim."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetRegistration(self, request: pb.GetRegistrationRequest, call: Call) -> pb.GetRegistrationResponse:
        found = await usecases.get_registration(self._env, wire.GET.decode(request, call=call))
        return wire.overview(found, call)
