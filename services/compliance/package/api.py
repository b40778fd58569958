"""The gRPC side of packages: decode, call one use case, encode."""

from collections.abc import AsyncIterator

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.package import wire
from services.compliance.package.usecases import possible, sending
from services.compliance.settings import Env


class Api:
    """The RPCs that export the package of a request, and that list aliases which resemble those of the request."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ExportRequest(
        self, request: pb.ExportRequestRequest, call: Call
    ) -> AsyncIterator[pb.ExportRequestResponse]:
        cmd = wire.EXPORT.decode(request, call=call)
        sent = await sending.prepare(self._env, cmd)
        for chunk in wire.chunks(sent.files):
            yield chunk
        yield wire.manifest(sent, await sending.record(self._env, cmd, sent))

    async def GetPossibleAliases(
        self, request: pb.GetPossibleAliasesRequest, call: Call
    ) -> pb.GetPossibleAliasesResponse:
        found = await possible.get_possible_aliases(self._env, wire.POSSIBLE.decode(request, call=call))
        return pb.GetPossibleAliasesResponse(aliases=[wire.POSSIBLE_ALIAS.encode(one) for one in found])
