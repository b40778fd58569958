"""The gRPC side of credit splits: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.settings import Env
from services.deals.split import usecases, wire


class Api:
    """The RPCs about credit splits."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordCreditSplit(self, request: pb.RecordCreditSplitRequest, call: Call) -> pb.RecordCreditSplitResponse:
        split = await self._env.run(usecases.record_credit_split, wire.RECORD.decode(request, call=call))
        return pb.RecordCreditSplitResponse(split=wire.SPLIT.encode(split))

    async def GetCreditSplit(self, request: pb.GetCreditSplitRequest, call: Call) -> pb.GetCreditSplitResponse:
        return wire.shown(await usecases.get_credit_split(self._env, wire.GET.decode(request, call=call)))

    async def ListCreditShares(self, request: pb.ListCreditSharesRequest, call: Call) -> pb.ListCreditSharesResponse:
        return wire.shares(await usecases.list_credit_shares(self._env, wire.LIST.decode(request, call=call)))
