"""The gRPC side of conversion: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.claims.wire import registration
from services.deals.conversion import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPC that converts a claim into an order."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ConvertRegistration(
        self, request: pb.ConvertRegistrationRequest, call: Call
    ) -> pb.ConvertRegistrationResponse:
        reg = await self._env.run(usecases.convert_registration, wire.CONVERT.decode(request, call=call))
        return pb.ConvertRegistrationResponse(registration=registration(reg, call))
