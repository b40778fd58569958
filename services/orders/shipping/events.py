"""The events of shipments; the protos document each of them."""

from datetime import date

import msgspec

from services.orders.record.events import OrderEvent


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
