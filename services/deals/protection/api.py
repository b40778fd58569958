"""The gRPC side of protection: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.claims.wire import registration
from services.deals.protection import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPCs by which a partner withdraws, extends and advances a submitted claim."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def WithdrawRegistration(
        self, request: pb.WithdrawRegistrationRequest, call: Call
    ) -> pb.WithdrawRegistrationResponse:
        reg = await self._env.run(usecases.withdraw_registration, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawRegistrationResponse(registration=registration(reg, call))

    async def ExtendProtection(self, request: pb.ExtendProtectionRequest, call: Call) -> pb.ExtendProtectionResponse:
        reg = await self._env.run(usecases.extend_protection, wire.EXTEND.decode(request, call=call))
        return pb.ExtendProtectionResponse(registration=registration(reg, call))

    async def AdvanceStage(self, request: pb.AdvanceStageRequest, call: Call) -> pb.AdvanceStageResponse:
        reg = await self._env.run(usecases.advance_stage, wire.ADVANCE.decode(request, call=call))
        return pb.AdvanceStageResponse(registration=registration(reg, call))
