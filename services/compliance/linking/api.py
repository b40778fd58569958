"""The gRPC side of links: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.linking import usecases, wire
from services.compliance.requests.wire import REQUEST
from services.compliance.settings import Env


class Api:
    """The RPC that links a request."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def LinkRequest(self, request: pb.LinkRequestRequest, call: Call) -> pb.LinkRequestResponse:
        linked = await self._env.run(usecases.link_request, wire.LINK.decode(request, call=call))
        found = await usecases.request_of(self._env, linked, call=call)
        return pb.LinkRequestResponse(request=REQUEST.encode(found), link_id=linked.id)
