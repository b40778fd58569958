"""The events of orders; the protos document each of them."""

from datetime import date

import msgspec

from libs.money import Money
from services.orders.record.domain.states import CancelReason, HoldReason, HoldRelease
from services.orders.record.events import OrderEvent, ProductLineAmount


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
    product_lines: tuple[ProductLineAmount, ...]


class CanceledLine(msgspec.Struct, frozen=True, kw_only=True):
    line_number: int
    sku: str
    quantity: int


class OrderClosed(OrderEvent, frozen=True, kw_only=True):
    cancel_reason: CancelReason
    canceled_total: Money
    lines: tuple[CanceledLine, ...]
    product_lines: tuple[ProductLineAmount, ...]


class OrderCompleted(OrderEvent, frozen=True, kw_only=True):
    pass


class OrderCanceled(OrderEvent, frozen=True, kw_only=True):
    cancel_reason: CancelReason
    confirmed: bool
    total: Money
