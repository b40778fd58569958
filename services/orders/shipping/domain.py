"""The checks of shipments and deliveries, and how the order counts them."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.orders.record.domain.goods import (
    LOTS_PER_SHIPMENT,
    MoreThanOrdered,
    NotShippable,
    Serial,
    Shipment,
    ShipmentLine,
    TooManyLots,
    line_of,
)
from services.orders.record.domain.order import Order, OrderLine, settle_axes
from services.orders.record.domain.serials import spelled_out
from services.orders.record.domain.states import MAY_SHIP, LineKind, OrderState
from services.orders.record.domain.violations import LineNumbers, refuse
from services.orders.shipping.events import ShipmentRecorded, ShippedLine


class SerialTaken(AppError):
    """The piece was shipped before and has not been returned."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_TAKEN"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} was shipped before and has not come back", sku=sku, serial=serial)


class AlreadyDelivered(AppError):
    """The delivery of the shipment is recorded already."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_DELIVERED"

    def __init__(self, id: str, on: date | None) -> None:
        super().__init__(f"shipment {id} arrived on {on}", id=id, on=on)


def checked_lines(
    lines: tuple[ShipmentLine, ...], order: Order, also: Iterable[Violation] = ()
) -> tuple[ShipmentLine, ...]:
    """The lines with their serial ranges expanded. InvalidInput with `also` and all violations of the lines;
    TooManySerials, TooManyLots."""
    lines, wrong = spelled_out(lines)
    numbers, found = LineNumbers([line.line_number for line in order.lines], "order"), [*also, *wrong]
    serials: set[str] = set()
    for place, line in enumerate(lines):
        found += numbers.violations(place, line.line_number)
        known = order.line(line.line_number)
        here = {f"{known.sku if known else ''}:{serial}" for serial in line.serials}
        if here & serials:
            found.append(
                Violation(f"lines[{place}].serials", "stand on another line of the product", "DUPLICATE_SERIAL")
            )
        serials |= here
        if line.serials and len(line.serials) != line.quantity:
            found.append(Violation(f"lines[{place}].serials", "name none, or one for each piece", "SERIALS_INCOMPLETE"))
        found += _lot_violations(line, f"lines[{place}]")
    refuse(*found)
    if sum(len(line.lots) for line in lines) > LOTS_PER_SHIPMENT:
        raise TooManyLots
    return lines


def return_violations(return_id: str, *, sends_back: bool) -> Iterator[Violation]:
    """The violation of a shipment that sends goods back and names no return."""
    if sends_back and not return_id:
        yield Violation("return_id", "is needed with sends_back", "REQUIRED")


def new_shipment(
    order: Order,
    lines: tuple[ShipmentLine, ...],
    *,
    id: str,
    ship_date: date,
    carrier: str = "",
    tracking_number: str = "",
    return_id: str = "",
    sends_back: bool = False,
    now: datetime,
) -> Shipment:
    """A shipment to the ship-to place of the order."""
    return Shipment(
        id=id,
        order_id=order.id,
        partner_id=order.partner_id,
        return_id=return_id,
        sends_back=sends_back,
        lines=lines,
        ship_to_country=order.ship_to_country,
        ship_to_subdivision=order.ship_to_subdivision,
        territory=order.territory,
        carrier=carrier,
        tracking_number=tracking_number,
        ship_date=ship_date,
        create_time=now,
        update_time=now,
    )


def shipment_recorded(shipment: Shipment, order: Order) -> ShipmentRecorded:
    """The event of a shipment."""
    return ShipmentRecorded(
        shipment_id=shipment.id,
        order_id=order.id,
        partner_id=order.partner_id,
        ship_date=shipment.ship_date,
        ship_to_country=order.ship_to_country,
        lines=shipped_lines(shipment, order),
        complete=all_shipped(order),
    )


def ship(order: Order, lines: tuple[ShipmentLine, ...], *, shipment_id: str, now: datetime) -> Order:
    """The order IN_FULFILLMENT, with these pieces shipped and the shipment still to be invoiced. WrongState,
    NotShippable, MoreThanOrdered."""
    require_state("order", order.id, order.state, action="ship", allowed=MAY_SHIP)
    pieces = {line.line_number: line.quantity for line in lines}
    for line in order.lines:
        wanted = pieces.get(line.line_number, 0)
        if wanted and line.kind is LineKind.CHARGE:
            raise NotShippable(line.line_number)
        if wanted > line.open_quantity:
            raise MoreThanOrdered(line.line_number, line.open_quantity)
    moved = _counted(_counted(order, pieces, "shipped_quantity"), _serials(lines), "serials_out")
    return settle_axes(
        replace(moved, state=OrderState.IN_FULFILLMENT, to_invoice=(*order.to_invoice, shipment_id), update_time=now)
    )


def deliver(order: Order, shipment: Shipment, on: date, *, now: datetime) -> tuple[Order, Shipment]:
    """The order and the shipment after its delivery. Pieces shipped for a return are not counted as delivered on the
    order. AlreadyDelivered; InvalidInput for a day before the shipment."""
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
    """The serials of a shipment, with partner, territory and country."""
    return tuple(
        Serial(
            id=f"{line_of(order, line.line_number).sku}:{serial}",
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
    """The lines of the shipment for its event."""
    return tuple(
        ShippedLine(line_number=line.line_number, sku=line_of(order, line.line_number).sku, quantity=line.quantity)
        for line in shipment.lines
    )


def all_shipped(order: Order) -> bool:
    """Whether no goods are left to ship."""
    return not any(line.open_quantity > 0 for line in order.goods)


def _lot_violations(line: ShipmentLine, path: str) -> Iterator[Violation]:
    if line.lots and line.lot:
        yield Violation(f"{path}.lot", "is one of `lots`, or the only one", "NOT_WITH_LOTS")
    if len({one.lot for one in line.lots}) < len(line.lots):
        yield Violation(f"{path}.lots", "name a lot twice", "DUPLICATE_LOT")
    if line.lots and (pieces := sum(one.quantity for one in line.lots)) != line.quantity:
        yield Violation(f"{path}.lots", f"come to {pieces} pieces, not to {line.quantity}", "LOTS_INCOMPLETE")


def _serials(lines: tuple[ShipmentLine, ...]) -> dict[int, int]:
    return {line.line_number: len(line.serials) for line in lines}


def _counted(order: Order, pieces: dict[int, int], field: str) -> Order:
    return replace(order, lines=tuple(_more(order.lines, pieces, field)))


def _more(lines: Iterable[OrderLine], pieces: dict[int, int], field: str) -> Iterable[OrderLine]:
    for line in lines:
        extra = pieces.get(line.line_number, 0)
        yield replace(line, **{field: getattr(line, field) + extra}) if extra else line
