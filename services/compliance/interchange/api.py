"""The gRPC side of interchange: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.interchange import usecases, wire
from services.compliance.settings import Env


class Api:
    """The RPCs of interchange."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetExternalStatus(self, request: pb.GetExternalStatusRequest, call: Call) -> pb.GetExternalStatusResponse:
        found = await usecases.get_external_status(self._env, wire.STATUS.decode(request, call=call))
        return wire.REPORTED.encode(found)

    async def TranslateRequest(self, request: pb.TranslateRequestRequest, call: Call) -> pb.TranslateRequestResponse:
        found = await usecases.translate_request(self._env, wire.TRANSLATE.decode(request, call=call))
        return wire.TRANSLATED.encode(found)
