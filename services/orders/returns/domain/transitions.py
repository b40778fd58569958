"""Every transition of a return, and how the order counts its pieces: received, inspected, refunded or replaced."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from libs.errors import InvalidInput, Violation, require_state
from services.orders.record.domain.goods import MoreThanOrdered, NotShippable, ShipmentLine, line_of
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import LineKind
from services.orders.returns.domain.rma import (
    AcceptedLine,
    MoreThanAuthorized,
    MoreThanReceived,
    Return,
    ReturnLine,
    ReturnLineDraft,
    ReturnNotAccepted,
    SerialNotAuthorized,
    refuse_unknown,
)
from services.orders.returns.domain.states import MAY_INSPECT, MAY_RECEIVE, MAY_SETTLE, ReturnResolution, ReturnState
from services.orders.returns.events import (
    ReturnAuthorized,
    ReturnInspected,
    ReturnReceived,
    ReturnRefunded,
    ReturnReplaced,
)


def authorize(rma: Return, order: Order, *, now: datetime) -> tuple[Order, ReturnAuthorized]:
    """The order with the pieces on their way back; the lines are checked."""
    changed = _moved(order, {line.line_number: (line.quantity, 0, -len(line.serials)) for line in rma.lines}, now=now)
    event = ReturnAuthorized(
        return_id=rma.id,
        order_id=rma.order_id,
        partner_id=rma.partner_id,
        ticket_id=rma.ticket_id,
        reason=rma.reason,
    )
    return changed, event


def receive(
    rma: Return,
    drafts: tuple[ReturnLineDraft, ...],
    order: Order,
    *,
    on: date,
    also: Iterable[Violation] = (),
    now: datetime,
) -> tuple[Return, Order, ReturnReceived | ReturnInspected]:
    """Both with what arrived; what did not is with the partner again, and if nothing did there is nothing to look at.
    InvalidInput with `also`."""
    require_state("return", rma.id, rma.state, action="receive", allowed=MAY_RECEIVE)
    refuse_unknown((one.line_number for one in drafts), rma.numbers, "return", also)
    arrived = {one.line_number: one for one in drafts}
    places = {one.line_number: place for place, one in enumerate(drafts)}
    lines = tuple(_received(line, arrived.get(line.line_number), places) for line in rma.lines)
    missing = {
        line.line_number: (line.received_quantity - line.quantity, 0, len(line.serials) - len(line.received_serials))
        for line in lines
    }
    rest = _moved(order, missing, now=now)
    about = {"return_id": rma.id, "order_id": rma.order_id, "partner_id": rma.partner_id}
    if not drafts:
        nothing = replace(rma, state=ReturnState.REJECTED, update_time=now)
        return nothing, rest, ReturnInspected(**about, accepted=False)
    changed = replace(rma, state=ReturnState.RECEIVED, lines=lines, receive_date=on, update_time=now)
    return changed, rest, ReturnReceived(**about, receive_date=on)


def inspect(
    rma: Return, accepted: tuple[AcceptedLine, ...], order: Order, *, now: datetime
) -> tuple[Return, Order, ReturnInspected]:
    """Both with what was accepted; what was not is the partner's."""
    require_state("return", rma.id, rma.state, action="inspect", allowed=MAY_INSPECT)
    refuse_unknown((one.line_number for one in accepted), rma.numbers, "return")
    pieces = {one.line_number: one.quantity for one in accepted}
    lines = []
    for line in rma.lines:
        count = pieces.get(line.line_number, 0)
        if count > line.received_quantity:
            raise MoreThanReceived(line.line_number, line.received_quantity)
        lines.append(replace(line, accepted_quantity=count))
    state = ReturnState.INSPECTED if any(line.accepted_quantity for line in lines) else ReturnState.REJECTED
    changed = replace(rma, state=state, lines=tuple(lines), update_time=now)
    moved = {
        line.line_number: (-line.received_quantity, line.accepted_quantity, len(rejected_serials(line)))
        for line in lines
    }
    event = ReturnInspected(
        return_id=rma.id,
        order_id=rma.order_id,
        partner_id=rma.partner_id,
        accepted=state is ReturnState.INSPECTED,
    )
    return changed, _moved(order, moved, now=now), event


def rejected_serials(line: ReturnLine) -> tuple[str, ...]:
    """Pieces that go back to the partner as they came. Where only some of a line are accepted, nobody says which; those
    stay known as returned."""
    return () if line.accepted_quantity else line.received_serials


def refund(rma: Return, order_id: str, credit_note_id: str, *, now: datetime) -> tuple[Return, ReturnRefunded]:
    """The return, settled by a credit note."""
    require_accepted(rma, order_id)
    changed = replace(
        rma,
        state=ReturnState.REFUNDED,
        resolution=ReturnResolution.REFUND,
        credit_note_id=credit_note_id,
        update_time=now,
    )
    event = ReturnRefunded(
        return_id=rma.id, order_id=rma.order_id, partner_id=rma.partner_id, credit_note_id=credit_note_id
    )
    return changed, event


def replaced(
    rma: Return, order: Order, lines: tuple[ShipmentLine, ...], *, shipment_id: str, now: datetime
) -> tuple[Return, Order, ReturnReplaced]:
    """Both with other goods on their way for those accepted; they count as no more than was ordered."""
    require_accepted(rma, order.id)
    accepted = {line.line_number: line.accepted_quantity for line in rma.lines}
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
        rma,
        state=ReturnState.REPLACED,
        resolution=ReturnResolution.REPLACEMENT,
        shipment_id=shipment_id,
        update_time=now,
    )
    event = ReturnReplaced(return_id=rma.id, order_id=order.id, partner_id=rma.partner_id, shipment_id=shipment_id)
    return settled, changed, event


def require_accepted(rma: Return, order_id: str) -> None:
    """ReturnNotAccepted unless the return is of that order and waits to be settled."""
    if rma.order_id != order_id or rma.state not in MAY_SETTLE:
        raise ReturnNotAccepted(rma)


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
