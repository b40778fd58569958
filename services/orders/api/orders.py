"""Orders, prices, fulfilment and credit."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.orders.v1 import billing_requests_pb2 as billing
from libs.pb.prm.orders.v1 import fulfillment_requests_pb2 as goods
from libs.pb.prm.orders.v1 import orders_requests_pb2 as pb
from libs.pb.prm.orders.v1 import price_list_requests_pb2 as prices_pb
from services.orders.usecases import credit, fulfillment, orders, prices, related, submission
from services.orders.usecases.four_eyes import FOUR_EYES
from services.orders.usecases.settings import Env
from services.orders.wire import orders as wire
from services.orders.wire import related as related_wire


class OrderMethods:
    """What callers do with orders up to delivery."""

    _env: Env

    async def PutPriceList(self, request: prices_pb.PutPriceListRequest, call: Call) -> prices_pb.PutPriceListResponse:
        done = await self._env.run(prices.put_price_list, wire.PUT_PRICES.decode(request, call=call))
        return prices_pb.PutPriceListResponse(price_list=wire.price_list(done))

    async def GetPriceList(self, request: prices_pb.GetPriceListRequest, call: Call) -> prices_pb.GetPriceListResponse:
        found = await prices.get_price_list(self._env, wire.GET_PRICES.decode(request, call=call))
        return prices_pb.GetPriceListResponse(price_list=wire.price_list(found))

    async def CreateOrder(self, request: pb.CreateOrderRequest, call: Call) -> pb.CreateOrderResponse:
        done = await self._env.run(orders.create_order, wire.CREATE.decode(request, call=call))
        return pb.CreateOrderResponse(order=wire.order(done))

    async def GetOrder(self, request: pb.GetOrderRequest, call: Call) -> pb.GetOrderResponse:
        return related_wire.story(await related.get_order(self._env, related_wire.GET.decode(request, call=call)))

    async def ListOrders(self, request: pb.ListOrdersRequest, call: Call) -> pb.ListOrdersResponse:
        page = await orders.list_orders(self._env, wire.LIST.decode(request, call=call))
        found = [wire.order(held.value) for held in page.rows]
        return pb.ListOrdersResponse(orders=found, next_page_token=page.next_cursor)

    async def UpdateOrder(self, request: pb.UpdateOrderRequest, call: Call) -> pb.UpdateOrderResponse:
        done = await self._env.run(orders.update_order, wire.update(request, call))
        return pb.UpdateOrderResponse(order=wire.order(done))

    async def SubmitOrder(self, request: pb.SubmitOrderRequest, call: Call) -> pb.SubmitOrderResponse:
        done = await self._env.run(submission.submit_order, wire.SUBMIT.decode(request, call=call))
        return pb.SubmitOrderResponse(order=wire.order(done))

    async def ReleaseHold(self, request: pb.ReleaseHoldRequest, call: Call) -> pb.ReleaseHoldResponse:
        done = await FOUR_EYES.run(self._env, wire.RELEASE.decode(request, call=call))
        return pb.ReleaseHoldResponse(order=wire.order(done.resource), decision=shown(done.decision))

    async def CancelOrder(self, request: pb.CancelOrderRequest, call: Call) -> pb.CancelOrderResponse:
        done = await self._env.run(submission.cancel_order, wire.CANCEL.decode(request, call=call))
        return pb.CancelOrderResponse(order=wire.order(done))

    async def RecordShipment(self, request: goods.RecordShipmentRequest, call: Call) -> goods.RecordShipmentResponse:
        done = await self._env.run(fulfillment.record_shipment, wire.SHIP.decode(request, call=call))
        return goods.RecordShipmentResponse(shipment=wire.shipment(done))

    async def RecordDelivery(self, request: goods.RecordDeliveryRequest, call: Call) -> goods.RecordDeliveryResponse:
        done = await self._env.run(fulfillment.record_delivery, wire.DELIVER.decode(request, call=call))
        return goods.RecordDeliveryResponse(shipment=wire.shipment(done))

    async def SetCreditTerms(
        self, request: billing.SetCreditTermsRequest, call: Call
    ) -> billing.SetCreditTermsResponse:
        done = await FOUR_EYES.run(self._env, wire.SET_TERMS.decode(request, call=call))
        return billing.SetCreditTermsResponse(credit_account=wire.account(done.resource), decision=shown(done.decision))

    async def GetCreditAccount(
        self, request: billing.GetCreditAccountRequest, call: Call
    ) -> billing.GetCreditAccountResponse:
        found = await credit.get_credit_account(self._env, wire.GET_ACCOUNT.decode(request, call=call))
        return billing.GetCreditAccountResponse(credit_account=wire.account(found))
