"""The gRPC side of identity checks: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.settings import Env
from services.compliance.verification import usecases, wire
from services.compliance.verification.wire import CHECK


class Api:
    """The RPCs of identity checks."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def IssueCode(self, request: pb.IssueCodeRequest, call: Call) -> pb.IssueCodeResponse:
        command = wire.issue(request, call)
        issued = await self._env.run(usecases.issue_code, command)
        return pb.IssueCodeResponse(check=CHECK.encode(issued), code=usecases.handed_out(self._env, command, issued))

    async def ConfirmCode(self, request: pb.ConfirmCodeRequest, call: Call) -> pb.ConfirmCodeResponse:
        tried = await self._env.run(usecases.confirm_code, wire.CONFIRM.decode(request, call=call))
        return pb.ConfirmCodeResponse(check=CHECK.encode(tried))

    async def RecordIdentityCheck(
        self, request: pb.RecordIdentityCheckRequest, call: Call
    ) -> pb.RecordIdentityCheckResponse:
        made = await self._env.run(usecases.record_identity_check, wire.RECORD.decode(request, call=call))
        return pb.RecordIdentityCheckResponse(check=CHECK.encode(made))

    async def GetIdentityCheck(self, request: pb.GetIdentityCheckRequest, call: Call) -> pb.GetIdentityCheckResponse:
        found = await usecases.get_identity_check(self._env, wire.GET.decode(request, call=call))
        return pb.GetIdentityCheckResponse(check=CHECK.encode(found))
