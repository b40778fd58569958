"""The gRPC side of near matches: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.matching import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPCs about customers that are written differently."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def FindNearMatches(self, request: pb.FindNearMatchesRequest, call: Call) -> pb.FindNearMatchesResponse:
        return wire.near_matches(await usecases.find_near_matches(self._env, wire.FIND.decode(request, call=call)))

    async def JudgePair(self, request: pb.JudgePairRequest, call: Call) -> pb.JudgePairResponse:
        pair = await self._env.run(usecases.judge_pair, wire.JUDGE.decode(request, call=call))
        return pb.JudgePairResponse(pair=wire.PAIR.encode(pair))

    async def ListJudgedPairs(self, request: pb.ListJudgedPairsRequest, call: Call) -> pb.ListJudgedPairsResponse:
        return wire.judged_pairs(await usecases.list_judged_pairs(self._env, wire.LIST.decode(request, call=call)))
