"""The gRPC side of proofs: decode, call one use case, encode."""

from collections.abc import AsyncIterator

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.proof import usecases, wire
from services.compliance.settings import Env


class Api:
    """The RPC that proves a request."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ProveRequest(self, request: pb.ProveRequestRequest, call: Call) -> AsyncIterator[pb.ProveRequestResponse]:
        for piece in await usecases.prove_request(self._env, wire.PROVE.decode(request, call=call)):
            yield pb.ProveRequestResponse(data=piece)
