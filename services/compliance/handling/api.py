"""The gRPC side of handling: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.compliance import v1 as pb
from services.compliance.handling import usecases, wire
from services.compliance.handling.usecases import FOUR_EYES
from services.compliance.requests.wire import REQUEST
from services.compliance.settings import Env


class Api:
    """The RPCs by which officers decide about requests."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PauseRequest(self, request: pb.PauseRequestRequest, call: Call) -> pb.PauseRequestResponse:
        changed = await self._env.run(usecases.pause_request, wire.PAUSE.decode(request, call=call))
        return pb.PauseRequestResponse(request=REQUEST.encode(changed))

    async def ResumeRequest(self, request: pb.ResumeRequestRequest, call: Call) -> pb.ResumeRequestResponse:
        changed = await self._env.run(usecases.resume_request, wire.RESUME.decode(request, call=call))
        return pb.ResumeRequestResponse(request=REQUEST.encode(changed))

    async def CompleteRequest(self, request: pb.CompleteRequestRequest, call: Call) -> pb.CompleteRequestResponse:
        changed = await self._env.run(usecases.complete_request, wire.COMPLETE.decode(request, call=call))
        return pb.CompleteRequestResponse(request=REQUEST.encode(changed))

    async def DenyRequest(self, request: pb.DenyRequestRequest, call: Call) -> pb.DenyRequestResponse:
        done = await FOUR_EYES.run(self._env, wire.DENY.decode(request, call=call))
        return pb.DenyRequestResponse(request=REQUEST.encode(done.resource), decision=shown(done.decision))

    async def WithdrawRequest(self, request: pb.WithdrawRequestRequest, call: Call) -> pb.WithdrawRequestResponse:
        changed = await self._env.run(usecases.withdraw_request, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawRequestResponse(request=REQUEST.encode(changed))

    async def RecordRecipientTold(
        self, request: pb.RecordRecipientToldRequest, call: Call
    ) -> pb.RecordRecipientToldResponse:
        changed = await self._env.run(usecases.record_recipient_told, wire.TOLD.decode(request, call=call))
        return pb.RecordRecipientToldResponse(request=REQUEST.encode(changed))
