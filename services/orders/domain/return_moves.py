"""Every move of a return, and how the order counts its pieces: received, inspected, refunded or replaced."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from libs.errors import InvalidInput, Violation, require_state
from services.orders.domain.billing_events import (
    ReturnAuthorized,
    ReturnInspected,
    ReturnReceived,
    ReturnRefunded,
    ReturnReplaced,
)
from services.orders.domain.order import Order
from services.orders.domain.returns import (
    AcceptedLine,
    MoreThanAuthorized,
    MoreThanReceived,
    Return,
    ReturnLine,
    ReturnLineDraft,
    ReturnNotAccepted,
    SerialNotAuthorized,
    line_of,
    refuse_unknown,
)
from services.orders.domain.shipment import MoreThanOrdered, NotShippable, ShipmentLine
from services.orders.domain.states import (
    MAY_INSPECT,
    MAY_RECEIVE,
    MAY_SETTLE,
    LineKind,
    ReturnResolution,
    ReturnState,
)


def authorize(back: Return, order: Order, *, now: datetime) -> tuple[Order, ReturnAuthorized]:
    """The order with the pieces on their way back; the lines are checked."""
    changed = _moved(order, {line.line_number: (line.quantity, 0, -len(line.serials)) for line in back.lines}, now=now)
    event = ReturnAuthorized(
        return_id=back.id,
        order_id=back.order_id,
        partner_id=back.partner_id,
        ticket_id=back.ticket_id,
        reason=back.reason,
    )
    return changed, event


def receive(
    back: Return,
    drafts: tuple[ReturnLineDraft, ...],
    order: Order,
    *,
    on: date,
    also: Iterable[Violation] = (),
    now: datetime,
) -> tuple[Return, Order, ReturnReceived | ReturnInspected]:
    """Both with what arrived; what did not is with the partner again, and if nothing did there is nothing to look at.
    InvalidInput with `also`."""
    require_state("return", back.id, back.state, action="receive", allowed=MAY_RECEIVE)
    refuse_unknown((one.line_number for one in drafts), back.numbers, "return", also)
    arrived = {one.line_number: one for one in drafts}
    places = {one.line_number: place for place, one in enumerate(drafts)}
    lines = tuple(_received(line, arrived.get(line.line_number), places) for line in back.lines)
    missing = {
        line.line_number: (line.received_quantity - line.quantity, 0, len(line.serials) - len(line.received_serials))
        for line in lines
    }
    rest = _moved(order, missing, now=now)
    about = {"return_id": back.id, "order_id": back.order_id, "partner_id": back.partner_id}
    if not drafts:
        nothing = replace(back, state=ReturnState.REJECTED, update_time=now)
        return nothing, rest, ReturnInspected(**about, accepted=False)
    changed = replace(back, state=ReturnState.RECEIVED, lines=lines, receive_date=on, update_time=now)
    return changed, rest, ReturnReceived(**about, receive_date=on)


def inspect(
    back: Return, accepted: tuple[AcceptedLine, ...], order: Order, *, now: datetime
) -> tuple[Return, Order, ReturnInspected]:
    """Both with what was accepted; what was not is the partner's."""
    require_state("return", back.id, back.state, action="inspect", allowed=MAY_INSPECT)
    refuse_unknown((one.line_number for one in accepted), back.numbers, "return")
    pieces = {one.line_number: one.quantity for one in accepted}
    lines = []
    for line in back.lines:
        count = pieces.get(line.line_number, 0)
        if count > line.received_quantity:
            raise MoreThanReceived(line.line_number, line.received_quantity)
        lines.append(replace(line, accepted_quantity=count))
    state = ReturnState.INSPECTED if any(line.accepted_quantity for line in lines) else ReturnState.REJECTED
    changed = replace(back, state=state, lines=tuple(lines), update_time=now)
    moved = {
        line.line_number: (-line.received_quantity, line.accepted_quantity, len(rejected_serials(line)))
        for line in lines
    }
    event = ReturnInspected(
        return_id=back.id,
        order_id=back.order_id,
        partner_id=back.partner_id,
        accepted=state is ReturnState.INSPECTED,
    )
    return changed, _moved(order, moved, now=now), event


def rejected_serials(line: ReturnLine) -> tuple[str, ...]:
    """Pieces that go back to the partner as they came. Where only some of a line are accepted, nobody says which; those
    stay known as returned."""
    return () if line.accepted_quantity else line.received_serials


def refund(back: Return, order_id: str, credit_note_id: str, *, now: datetime) -> tuple[Return, ReturnRefunded]:
    """The return, settled by a credit note."""
    require_accepted(back, order_id)
    changed = replace(
        back,
        state=ReturnState.REFUNDED,
        resolution=ReturnResolution.REFUND,
        credit_note_id=credit_note_id,
        update_time=now,
    )
    event = ReturnRefunded(
        return_id=back.id, order_id=back.order_id, partner_id=back.partner_id, credit_note_id=credit_note_id
    )
    return changed, event


def replaced(
    back: Return, order: Order, lines: tuple[ShipmentLine, ...], *, shipment_id: str, now: datetime
) -> tuple[Return, Order, ReturnReplaced]:
    """Both with other goods on their way for those accepted; they count as no more than was ordered."""
    require_accepted(back, order.id)
    accepted = {line.line_number: line.accepted_quantity for line in back.lines}
    for line in lines:
        if line_of(order, line.line_number).kind is LineKind.CHARGE:
            raise NotShippable(line.line_number)
        if line.quantity > accepted.get(line.line_number, 0):
            raise MoreThanOrdered(line.line_number, accepted.get(line.line_number, 0))
    pieces = {line.line_number: line for line in lines}
    changed = replace(
        order,
        lines=tuple(
            replace(
                line,
                replaced_quantity=line.replaced_quantity + pieces[line.line_number].quantity,
                serials_out=line.serials_out + len(pieces[line.line_number].serials),
            )
            if line.line_number in pieces
            else line
            for line in order.lines
        ),
        update_time=now,
    )
    settled = replace(
        back,
        state=ReturnState.REPLACED,
        resolution=ReturnResolution.REPLACEMENT,
        shipment_id=shipment_id,
        update_time=now,
    )
    event = ReturnReplaced(return_id=back.id, order_id=order.id, partner_id=back.partner_id, shipment_id=shipment_id)
    return settled, changed, event


def require_accepted(back: Return, order_id: str) -> None:
    """ReturnNotAccepted unless the return is of that order and waits to be settled."""
    if back.order_id != order_id or back.state not in MAY_SETTLE:
        raise ReturnNotAccepted(back)


def _received(line: ReturnLine, arrived: ReturnLineDraft | None, places: Mapping[int, int]) -> ReturnLine:
    if arrived is None:
        return line
    if arrived.quantity > line.quantity:
        raise MoreThanAuthorized(line.line_number, line.quantity)
    for serial in arrived.serials:
        if serial not in line.serials:
            raise SerialNotAuthorized(line.sku, serial)
    if line.serials and len(arrived.serials) != arrived.quantity:
        path = f"lines[{places[line.line_number]}].serials"
        raise InvalidInput([Violation(path, "are needed for each piece", "SERIALS_INCOMPLETE")])
    return replace(line, received_quantity=arrived.quantity, received_serials=arrived.serials)


def _moved(order: Order, by: Mapping[int, tuple[int, int, int]], *, now: datetime) -> Order:
    """The order with returning, returned and serials out counted on by line."""
    lines = tuple(
        replace(
            line,
            returning_quantity=line.returning_quantity + by[line.line_number][0],
            returned_quantity=line.returned_quantity + by[line.line_number][1],
            serials_out=line.serials_out + by[line.line_number][2],
        )
        if line.line_number in by
        else line
        for line in order.lines
    )
    return replace(order, lines=lines, update_time=now)
