"""The gRPC side of ordering: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.ordering import wire
from services.orders.ordering.usecases import drafting, submission
from services.orders.ordering.usecases.release import FOUR_EYES
from services.orders.record.wire import ORDER
from services.orders.settings import Env


class Api:
    """The RPCs that create, list, update, submit, release, cancel and close orders."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateOrder(self, request: pb.CreateOrderRequest, call: Call) -> pb.CreateOrderResponse:
        done = await self._env.run(drafting.create_order, wire.CREATE.decode(request, call=call))
        return pb.CreateOrderResponse(order=ORDER.encode(done))

    async def ListOrders(self, request: pb.ListOrdersRequest, call: Call) -> pb.ListOrdersResponse:
        page = await drafting.list_orders(self._env, wire.LIST.decode(request, call=call))
        found = [ORDER.encode(loaded.value) for loaded in page.rows]
        return pb.ListOrdersResponse(orders=found, **page_end(page))

    async def UpdateOrder(self, request: pb.UpdateOrderRequest, call: Call) -> pb.UpdateOrderResponse:
        done = await self._env.run(drafting.update_order, wire.update(request, call))
        return pb.UpdateOrderResponse(order=ORDER.encode(done))

    async def SubmitOrder(self, request: pb.SubmitOrderRequest, call: Call) -> pb.SubmitOrderResponse:
        done = await self._env.run(submission.submit_order, wire.SUBMIT.decode(request, call=call))
        return pb.SubmitOrderResponse(order=ORDER.encode(done))

    async def ReleaseHold(self, request: pb.ReleaseHoldRequest, call: Call) -> pb.ReleaseHoldResponse:
        done = await FOUR_EYES.run(self._env, wire.RELEASE.decode(request, call=call))
        return pb.ReleaseHoldResponse(order=ORDER.encode(done.resource), decision=shown(done.decision))

    async def CancelOrder(self, request: pb.CancelOrderRequest, call: Call) -> pb.CancelOrderResponse:
        done = await self._env.run(submission.cancel_order, wire.CANCEL.decode(request, call=call))
        return pb.CancelOrderResponse(order=ORDER.encode(done))

    async def CloseOrder(self, request: pb.CloseOrderRequest, call: Call) -> pb.CloseOrderResponse:
        done = await self._env.run(submission.close_order, wire.CLOSE.decode(request, call=call))
        return pb.CloseOrderResponse(order=ORDER.encode(done))
