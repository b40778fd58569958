"""Orders, prices, fulfilment and credit: protobuf to commands and documents to protobuf, by field name."""

import msgspec
from msgspec.structs import replace

from libs.call import Call
from libs.mapping import Mapper, encode_money
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.orders.v1 import billing_requests_pb2 as billing
from libs.pb.prm.orders.v1 import credit_pb2, order_pb2, orders_requests_pb2, price_list_pb2, shipment_pb2
from libs.pb.prm.orders.v1 import fulfillment_requests_pb2 as fulfillment_requests
from libs.pb.prm.orders.v1 import price_list_requests_pb2 as price_requests
from services.orders.domain.credit import CreditAccount
from services.orders.domain.order import Order
from services.orders.domain.prices import PriceList
from services.orders.domain.shipment import Shipment
from services.orders.usecases import conversion, credit, fulfillment, orders, prices, registrations, submission

_ORDER = Mapper(Order, order_pb2.Order)
_SHIPMENT = Mapper(Shipment, shipment_pb2.Shipment)
_PRICE_LIST = Mapper(PriceList, price_list_pb2.PriceList)
_ACCOUNT = Mapper(CreditAccount, credit_pb2.CreditAccount)


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """What orders needs of a converted registration."""

    registration_id: str
    partner_id: str
    country: str
    subdivision: str = ""
    currency: str
    lines: tuple[conversion.ConvertedLine, ...] = ()


class RegistrationTold(msgspec.Struct, frozen=True, kw_only=True):
    """Any event of a registration."""

    registration_id: str
    partner_id: str


CREATE = Mapper(orders.CreateOrder, orders_requests_pb2.CreateOrderRequest)
LIST = Mapper(orders.ListOrders, orders_requests_pb2.ListOrdersRequest)
SUBMIT = Mapper(submission.SubmitOrder, orders_requests_pb2.SubmitOrderRequest)
RELEASE = Mapper(submission.ReleaseHold, orders_requests_pb2.ReleaseHoldRequest)
CANCEL = Mapper(submission.CancelOrder, orders_requests_pb2.CancelOrderRequest)
SHIP = Mapper(fulfillment.RecordShipment, fulfillment_requests.RecordShipmentRequest)
DELIVER = Mapper(fulfillment.RecordDelivery, fulfillment_requests.RecordDeliveryRequest)
PUT_PRICES = Mapper(prices.PutPriceList, price_requests.PutPriceListRequest)
GET_PRICES = Mapper(prices.GetPriceList, price_requests.GetPriceListRequest)
SET_TERMS = Mapper(credit.SetCreditTerms, billing.SetCreditTermsRequest)
GET_ACCOUNT = Mapper(credit.GetCreditAccount, billing.GetCreditAccountRequest)
_CHANGES = Mapper(orders.CreateOrder, orders_requests_pb2.UpdateOrderRequest)


def order(one: Order) -> order_pb2.Order:
    """An order as callers see it."""
    return _ORDER.encode(one)


def shipment(one: Shipment) -> shipment_pb2.Shipment:
    """A shipment as callers see it."""
    return _SHIPMENT.encode(one)


def price_list(one: PriceList) -> price_list_pb2.PriceList:
    """A price list as callers see it."""
    return _PRICE_LIST.encode(one)


def account(one: CreditAccount | None) -> credit_pb2.CreditAccount | None:
    """An account as callers see it; its etag is that of the terms. None where there is none yet."""
    if one is None:
        return None
    message = _ACCOUNT.encode(replace(one, version=one.terms_version))
    message.exposure.CopyFrom(encode_money(one.exposure))
    message.available.CopyFrom(encode_money(one.available))
    return message


def update(request: orders_requests_pb2.UpdateOrderRequest, call: Call) -> orders.UpdateOrder:
    """The fields that the mask names."""
    changes = _CHANGES.decode_masked(request, list(request.update_mask.paths))
    return orders.UpdateOrder(call=call, id=request.id, etag=request.etag, changes=changes)


def draft(envelope: Envelope, call: Call) -> conversion.DraftFromRegistration:
    """The order to make of a converted registration."""
    told = EventCodec.decode(envelope, Converted)
    return conversion.DraftFromRegistration(
        call=call,
        registration_id=told.registration_id,
        partner_id=told.partner_id,
        country=told.country,
        subdivision=told.subdivision,
        currency=told.currency,
        lines=told.lines,
    )


def registration_of(envelope: Envelope, call: Call) -> registrations.KnowRegistration:
    """Whose a registration is, from any event of it."""
    found = EventCodec.decode(envelope, RegistrationTold)
    return registrations.KnowRegistration(call=call, registration_id=found.registration_id, partner_id=found.partner_id)
