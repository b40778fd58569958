"""The gRPC side of win-back: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.settings import Env
from services.deals.winback import usecases, wire


class Api:
    """The RPC about customers to be won back."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ListWinBacks(self, request: pb.ListWinBacksRequest, call: Call) -> pb.ListWinBacksResponse:
        return wire.page(await usecases.list_win_backs(self._env, wire.LIST.decode(request, call=call)))
