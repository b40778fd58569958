"""Shipments, and the serials that record where each piece was shipped."""

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
    """Shipped pieces of one order line. They are of one `lot`, or of several `lots`, whose quantities add up to
    `quantity`."""

    lot: str = ""
    lots: tuple[LotQuantity, ...] = ()


class Shipment(Document, frozen=True, kw_only=True):
    """A shipment of one order. sends_back: it sends pieces of the return `return_id` back that were not accepted."""

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
        """The numbers of the order lines in the shipment."""
        return frozenset(line.line_number for line in self.lines)


class Serial(Document, frozen=True, kw_only=True):
    """The last shipment of a piece with a serial number; the id is `<sku>:<serial>`. `return_id`: the open return that
    names it. `returned`: the piece was accepted in a return and may be shipped again."""

    order_id: str
    line_number: int
    shipment_id: str
    partner_id: str
    territory: str = ""
    ship_to_country: str
    return_id: str = ""
    returned: bool = False


class MoreThanOrdered(AppError):
    """The shipment has more pieces than are left to ship."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_ORDERED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"line {line} has {left} pieces left to ship", line=line, left=left)


class NotShippable(AppError):
    """The line is a charge, which cannot be shipped."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_SHIPPABLE"

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is a charge, not goods", line=line)


class TooManyLots(AppError):
    """The shipment has more lots than one may have."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_LOTS"

    def __init__(self) -> None:
        super().__init__(f"a shipment takes {LOTS_PER_SHIPMENT} lots; record it as several", limit=LOTS_PER_SHIPMENT)


def line_of(order: Order, number: int) -> OrderLine:
    """The line with this number, which the caller has checked to exist."""
    found = order.line(number)
    assert found is not None, "the lines were checked"
    return found
