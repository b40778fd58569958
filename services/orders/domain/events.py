"""What happened to an order, its goods and its terms, as other services hear it; the protos say what each means."""

from datetime import date

import msgspec

from libs.money import Money
from services.orders.domain.states import CancelReason, HoldReason, HoldRelease


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of an order names."""

    order_id: str
    partner_id: str


class OrderCreated(OrderEvent, frozen=True, kw_only=True):
    registration_id: str
    currency: str
    total: Money
    from_conversion: bool


class OrderUpdated(OrderEvent, frozen=True, kw_only=True):
    fields: tuple[str, ...]


class OrderSubmitted(OrderEvent, frozen=True, kw_only=True):
    total: Money


class OrderHeld(OrderEvent, frozen=True, kw_only=True):
    reasons: tuple[HoldReason, ...]


class OrderHoldReleased(OrderEvent, frozen=True, kw_only=True):
    reason: HoldReason
    release: HoldRelease


class OrderConfirmed(OrderEvent, frozen=True, kw_only=True):
    registration_id: str
    total: Money
    order_date: date
    ship_to_country: str


class OrderCompleted(OrderEvent, frozen=True, kw_only=True):
    pass


class OrderCanceled(OrderEvent, frozen=True, kw_only=True):
    cancel_reason: CancelReason
    confirmed: bool
    total: Money


class ShippedLine(msgspec.Struct, frozen=True, kw_only=True):
    line_number: int
    sku: str
    quantity: int


class ShipmentRecorded(OrderEvent, frozen=True, kw_only=True):
    shipment_id: str
    ship_date: date
    ship_to_country: str
    lines: tuple[ShippedLine, ...]
    complete: bool


class ShipmentDelivered(OrderEvent, frozen=True, kw_only=True):
    shipment_id: str
    deliver_date: date


class InvoiceRequested(OrderEvent, frozen=True, kw_only=True):
    shipment_id: str


class CreditTermsSet(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    limit: Money
    terms_days: int


class PriceListPut(msgspec.Struct, frozen=True, kw_only=True):
    price_list_id: str
    code: str
    revision: int
    currency: str
