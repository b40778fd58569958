"""The gRPC side of returns: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from services.partners.fund_returns import usecases, wire
from services.partners.funds.wire import REQUEST
from services.partners.settings import Env


class Api:
    """The RPCs that attribute orders to requests and show what these brought."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def AttributeOrders(self, request: pb.AttributeOrdersRequest, call: Call) -> pb.AttributeOrdersResponse:
        done = await self._env.run(usecases.attribute_orders, wire.ATTRIBUTE.decode(request, call=call))
        return pb.AttributeOrdersResponse(funding_request=REQUEST.encode(done))

    async def GetFundReturn(self, request: pb.GetFundReturnRequest, call: Call) -> pb.GetFundReturnResponse:
        found = await usecases.get_fund_return(self._env, wire.GET.decode(request, call=call))
        return pb.GetFundReturnResponse(fund_return=wire.RETURN.encode(found))
