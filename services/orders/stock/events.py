"""The event of stock reports; the proto documents it."""

from datetime import date

import msgspec

from services.orders.stock.domain.movement import MovementKind

Day = date  # the type of fields that are named `date`


class StockReported(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    sku: str
    kind: MovementKind
    date: Day
    quantity: int
    revision: int
