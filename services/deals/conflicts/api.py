"""The gRPC side of conflicts: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.conflicts import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPC that lists the claims in conflict with a claim."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ListConflicts(self, request: pb.ListConflictsRequest, call: Call) -> pb.ListConflictsResponse:
        found, more = await usecases.list_conflicts(self._env, wire.LIST.decode(request, call=call))
        return pb.ListConflictsResponse(conflicts=[wire.CONFLICT.encode(one) for one in found], next_page_token=more)
