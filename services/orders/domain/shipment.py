"""Goods that leave and arrive, and the serials that are bound to where they went."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.orders.domain.events import ShippedLine
from services.orders.domain.order import Order, OrderLine, settle_axes
from services.orders.domain.states import MAY_SHIP, LineKind, OrderState

SERIALS_PER_SHIPMENT = 80  # each is a document of the one commit


class ShipmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line; serials: none, or one for each piece."""

    line_number: int
    quantity: int
    serials: tuple[str, ...] = ()
    lot: str = ""


class Shipment(Document, frozen=True, kw_only=True):
    """Goods of one order that left together."""

    order_id: str
    partner_id: str
    return_id: str = ""
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


class SerialTaken(AppError):
    """The piece is elsewhere."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_TAKEN"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} was shipped before and has not come back", sku=sku, serial=serial)


class TooManySerials(AppError):
    """More serials than one commit takes."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_SERIALS"

    def __init__(self) -> None:
        super().__init__(
            f"a shipment takes {SERIALS_PER_SHIPMENT} serials; record it as several", limit=SERIALS_PER_SHIPMENT
        )


class AlreadyDelivered(AppError):
    """A shipment arrives once."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_DELIVERED"

    def __init__(self, id: str, on: date | None) -> None:
        super().__init__(f"shipment {id} arrived on {on}", id=id, on=on)


def check_lines(lines: tuple[ShipmentLine, ...], order: Order, also: Iterable[Violation] = ()) -> None:
    """InvalidInput with `also` and every line that cannot be one of this order; TooManySerials."""
    found = [*also]
    seen: set[int] = set()
    serials: set[str] = set()
    for place, line in enumerate(lines):
        path = f"lines[{place}]"
        known = order.line(line.line_number)
        if known is None:
            found.append(Violation(f"{path}.line_number", "is no line of the order", "UNKNOWN_LINE"))
        here = {f"{known.sku if known else ''}:{serial}" for serial in line.serials}
        if here & serials:
            found.append(Violation(f"{path}.serials", "stand on another line of the product", "DUPLICATE_SERIAL"))
        serials |= here
        if line.line_number in seen:
            found.append(Violation(f"{path}.line_number", "stands there twice", "DUPLICATE_LINE"))
        seen.add(line.line_number)
        if line.serials and len(line.serials) != line.quantity:
            found.append(Violation(f"{path}.serials", "name none, or one for each piece", "SERIALS_INCOMPLETE"))
    if found:
        raise InvalidInput(found)
    if sum(len(line.serials) for line in lines) > SERIALS_PER_SHIPMENT:
        raise TooManySerials


def ship(order: Order, lines: tuple[ShipmentLine, ...], *, shipment_id: str, now: datetime) -> Order:
    """The order with pieces shipped, to be invoiced; the first ones take it into fulfilment."""
    require_state("order", order.id, order.state, action="ship", allowed=MAY_SHIP)
    pieces = {line.line_number: line.quantity for line in lines}
    for line in order.lines:
        wanted = pieces.get(line.line_number, 0)
        if wanted and line.kind is LineKind.CHARGE:
            raise NotShippable(line.line_number)
        if wanted > line.quantity - line.shipped_quantity:
            raise MoreThanOrdered(line.line_number, line.quantity - line.shipped_quantity)
    moved = _counted(_counted(order, pieces, "shipped_quantity"), _serials(lines), "serials_out")
    return settle_axes(
        replace(moved, state=OrderState.IN_FULFILLMENT, to_invoice=(*order.to_invoice, shipment_id), update_time=now)
    )


def deliver(order: Order, shipment: Shipment, on: date, *, now: datetime) -> tuple[Order, Shipment]:
    """Both with the pieces arrived; a replacement's pieces were delivered before and count once."""
    if shipment.deliver_date is not None:
        raise AlreadyDelivered(shipment.id, shipment.deliver_date)
    if on < shipment.ship_date:
        raise InvalidInput([Violation("deliver_date", f"is before {shipment.ship_date}", "DATES_OUT_OF_ORDER")])
    arrived = replace(shipment, deliver_date=on, update_time=now)
    if shipment.return_id:
        return replace(order, update_time=now), arrived
    pieces = {line.line_number: line.quantity for line in shipment.lines}
    return settle_axes(replace(_counted(order, pieces, "delivered_quantity"), update_time=now)), arrived


def serials_of(shipment: Shipment, order: Order) -> tuple[Serial, ...]:
    """The pieces of a shipment, bound to partner, territory and country."""
    return tuple(
        Serial(
            id=f"{_line(order, line).sku}:{serial}",
            order_id=order.id,
            line_number=line.line_number,
            shipment_id=shipment.id,
            partner_id=order.partner_id,
            territory=order.territory,
            ship_to_country=order.ship_to_country,
        )
        for line in shipment.lines
        for serial in line.serials
    )


def shipped_lines(shipment: Shipment, order: Order) -> tuple[ShippedLine, ...]:
    """What left, for the event."""
    return tuple(
        ShippedLine(line_number=line.line_number, sku=_line(order, line).sku, quantity=line.quantity)
        for line in shipment.lines
    )


def all_shipped(order: Order) -> bool:
    """Whether no goods are left to ship."""
    return all(line.shipped_quantity >= line.quantity for line in order.goods)


def _serials(lines: tuple[ShipmentLine, ...]) -> dict[int, int]:
    return {line.line_number: len(line.serials) for line in lines}


def _counted(order: Order, pieces: dict[int, int], field: str) -> Order:
    return replace(order, lines=tuple(_more(order.lines, pieces, field)))


def _more(lines: Iterable[OrderLine], pieces: dict[int, int], field: str) -> Iterable[OrderLine]:
    for line in lines:
        extra = pieces.get(line.line_number, 0)
        yield replace(line, **{field: getattr(line, field) + extra}) if extra else line


def _line(order: Order, line: ShipmentLine) -> OrderLine:
    found = order.line(line.line_number)
    assert found is not None, "checked by check_lines"
    return found
