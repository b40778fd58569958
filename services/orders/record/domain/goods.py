"""Goods that left, the serials that are bound to where they went, and which pieces of an order can be named."""

from datetime import date, datetime

import msgspec

from libs.document import Document
from libs.errors import AppError, Code
from services.orders.record.domain.order import Order, OrderLine
from services.orders.record.domain.serials import SerialLine

LOTS_PER_SHIPMENT = 1_000


class LotQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one lot."""

    lot: str
    quantity: int


class ShipmentLine(SerialLine, frozen=True, kw_only=True):
    """Pieces of one order line that left. They are of one `lot`, or of several; `lots` then come to all of them."""

    lot: str = ""
    lots: tuple[LotQuantity, ...] = ()


class Shipment(Document, frozen=True, kw_only=True):
    """Goods of one order that left together. sends_back: they are pieces of the return that were not accepted."""

    order_id: str
    partner_id: str
    return_id: str = ""
    sends_back: bool = False
    lines: tuple[ShipmentLine, ...]
    ship_to_country: str
    ship_to_subdivision: str = ""
    territory: str = ""
    carrier: str = ""
    tracking_number: str = ""
    ship_date: date
    deliver_date: date | None = None
    create_time: datetime
    update_time: datetime

    @property
    def numbers(self) -> frozenset[int]:
        """The lines of the order that it has pieces of."""
        return frozenset(line.line_number for line in self.lines)


class Serial(Document, frozen=True, kw_only=True):
    """Where a piece is; the id is `<sku>:<serial>`. `return_id`: the return that it is on its way back by. `returned`:
    it came back and may be shipped again."""

    order_id: str
    line_number: int
    shipment_id: str
    partner_id: str
    territory: str = ""
    ship_to_country: str
    return_id: str = ""
    returned: bool = False


class MoreThanOrdered(AppError):
    """More pieces than the order has left to ship."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_ORDERED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"line {line} has {left} pieces left to ship", line=line, left=left)


class NotShippable(AppError):
    """A charge has no pieces."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_SHIPPABLE"

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is a charge, not goods", line=line)


class TooManyLots(AppError):
    """More lots than a shipment shows."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_LOTS"

    def __init__(self) -> None:
        super().__init__(f"a shipment takes {LOTS_PER_SHIPMENT} lots; record it as several", limit=LOTS_PER_SHIPMENT)


def line_of(order: Order, number: int) -> OrderLine:
    """A line that is known to be there."""
    found = order.line(number)
    assert found is not None, "the lines were checked"
    return found
