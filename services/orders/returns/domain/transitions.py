"""All transitions of a return, and how each changes the counts of its order."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from libs.errors import InvalidInput, Violation, require_state
from services.orders.record.domain.goods import MoreThanOrdered, NotShippable, ShipmentLine, line_of
from services.orders.record.domain.order import Order
from services.orders.record.domain.serials import spelled_out
from services.orders.record.domain.states import LineKind
from services.orders.returns.domain.rma import (
    AcceptedLine,
    MoreThanAuthorized,
    MoreThanReceived,
    MoreThanRejected,
    Return,
    ReturnLine,
    ReturnLineDraft,
    ReturnNotAccepted,
    SerialNotAuthorized,
    SerialNotReceived,
    SerialNotRejected,
    refuse_unknown,
)
from services.orders.returns.domain.states import (
    MAY_INSPECT,
    MAY_RECEIVE,
    MAY_SEND_BACK,
    MAY_SETTLE,
    ReturnResolution,
    ReturnState,
)
from services.orders.returns.events import (
    ReturnAuthorized,
    ReturnInspected,
    ReturnReceived,
    ReturnRefunded,
    ReturnRepaired,
    ReturnReplaced,
)


def authorize(rma: Return, order: Order, *, now: datetime) -> tuple[Order, ReturnAuthorized]:
    """The order with the pieces of a new return counted as returning, and the event; the lines are checked before."""
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
    """The return and the order after the goods arrived, and the event. Pieces that did not arrive count as the
    partner's again; if none arrived, the return is REJECTED. WrongState, InvalidInput (with `also`),
    MoreThanAuthorized, SerialNotAuthorized."""
    require_state("return", rma.id, rma.state, action="receive", allowed=MAY_RECEIVE)
    drafts, wrong = spelled_out(drafts)
    refuse_unknown((one.line_number for one in drafts), rma.numbers, "return", (*also, *wrong))
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
    """The return and the order after the inspection, and the event. Pieces that were not accepted count as the
    partner's. WrongState, InvalidInput, MoreThanReceived, SerialNotReceived."""
    require_state("return", rma.id, rma.state, action="inspect", allowed=MAY_INSPECT)
    accepted, wrong = spelled_out(accepted)
    refuse_unknown((one.line_number for one in accepted), rma.numbers, "return", wrong)
    places = {one.line_number: place for place, one in enumerate(accepted)}
    lines = tuple(
        _accepted(line, accepted[place], place) if (place := places.get(line.line_number)) is not None else line
        for line in rma.lines
    )
    state = ReturnState.INSPECTED if any(line.accepted_quantity for line in lines) else ReturnState.REJECTED
    changed = replace(rma, state=state, lines=lines, update_time=now)
    moved = {
        line.line_number: (-line.received_quantity, line.accepted_quantity, len(line.rejected_serials))
        for line in lines
    }
    event = ReturnInspected(
        return_id=rma.id,
        order_id=rma.order_id,
        partner_id=rma.partner_id,
        accepted=state is ReturnState.INSPECTED,
    )
    return changed, _moved(order, moved, now=now), event


def refund(rma: Return, order_id: str, credit_note_id: str, *, now: datetime) -> tuple[Return, ReturnRefunded]:
    """The return, settled by a credit note, and the event; ReturnNotAccepted."""
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
) -> tuple[Return, Order, tuple[ReturnReplaced | ReturnRepaired, ...]]:
    """The return and the order after goods for accepted pieces were shipped, and the events. These pieces do not count
    as shipped. Once all accepted pieces are replaced, the return is settled: REPAIRED if a repair was intended and only
    its own pieces were sent, else REPLACED. ReturnNotAccepted, NotShippable, MoreThanOrdered."""
    require_accepted(rma, order.id)
    left = {line.line_number: line.to_settle for line in rma.lines}
    for line in lines:
        if line_of(order, line.line_number).kind is LineKind.CHARGE:
            raise NotShippable(line.line_number)
        if line.quantity > left.get(line.line_number, 0):
            raise MoreThanOrdered(line.line_number, left.get(line.line_number, 0))
    sent = {line.line_number: line for line in lines}
    changed = replace(
        order,
        lines=tuple(
            replace(
                line,
                replaced_quantity=line.replaced_quantity + sent[line.line_number].quantity,
                serials_out=line.serials_out + len(sent[line.line_number].serials),
            )
            if line.line_number in sent
            else line
            for line in order.lines
        ),
        update_time=now,
    )
    after = replace(
        rma,
        resolution=_resolved(rma, sent),
        lines=tuple(
            replace(line, replaced_quantity=line.replaced_quantity + sent[line.line_number].quantity)
            if line.line_number in sent
            else line
            for line in rma.lines
        ),
        shipment_id=shipment_id,
        shipment_ids=(*rma.shipment_ids, shipment_id),
        update_time=now,
    )
    if any(line.to_settle for line in after.lines):
        return after, changed, ()
    repaired = after.resolution is ReturnResolution.REPAIR
    event = (ReturnRepaired if repaired else ReturnReplaced)(
        return_id=rma.id, order_id=order.id, partner_id=rma.partner_id, shipment_id=shipment_id
    )
    return replace(after, state=ReturnState.REPAIRED if repaired else ReturnState.REPLACED), changed, (event,)


def sent_back(rma: Return, order: Order, lines: tuple[ShipmentLine, ...], *, now: datetime) -> Return:
    """The return after rejected pieces were sent back to the partner. The counts of the order stay, because these
    pieces count as the partner's since the inspection. ReturnNotAccepted, MoreThanRejected (also for pieces that
    another return has taken since), SerialNotRejected."""
    if rma.order_id != order.id or rma.state not in MAY_SEND_BACK:
        raise ReturnNotAccepted(rma)
    known = {line.line_number: line for line in rma.lines}
    for line in lines:
        mine = known.get(line.line_number)
        left = min(mine.to_send_back, line_of(order, line.line_number).returnable) if mine else 0
        if mine is None or line.quantity > left:
            raise MoreThanRejected(line.line_number, left)
        rejected = frozenset(mine.rejected_serials) - frozenset(mine.sent_back_serials)
        for serial in line.serials:
            if serial not in rejected:
                raise SerialNotRejected(mine.sku, serial)
        known[line.line_number] = replace(
            mine,
            sent_back_quantity=mine.sent_back_quantity + line.quantity,
            sent_back_serials=(*mine.sent_back_serials, *line.serials),
        )
    return replace(rma, lines=tuple(known.values()), update_time=now)


def require_accepted(rma: Return, order_id: str) -> None:
    """ReturnNotAccepted unless the return is of that order and INSPECTED."""
    if rma.order_id != order_id or rma.state not in MAY_SETTLE:
        raise ReturnNotAccepted(rma)


def _resolved(rma: Return, sent: Mapping[int, ShipmentLine]) -> ReturnResolution:
    """The resolution: REPAIR if that was intended and no pieces were sent but those that came back, else
    REPLACEMENT."""
    came = {line.line_number: frozenset(line.received_serials) for line in rma.lines}
    others = any(not came[number].issuperset(line.serials) for number, line in sent.items())
    meant = rma.resolution is ReturnResolution.REPAIR
    return ReturnResolution.REPAIR if meant and not others else ReturnResolution.REPLACEMENT


def _accepted(line: ReturnLine, accepted: AcceptedLine, place: int) -> ReturnLine:
    if accepted.quantity > line.received_quantity:
        raise MoreThanReceived(line.line_number, line.received_quantity)
    received = frozenset(line.received_serials)
    for serial in accepted.serials:
        if serial not in received:
            raise SerialNotReceived(line.sku, serial)
    in_part = bool(line.received_serials) and accepted.quantity < line.received_quantity
    if (accepted.serials or in_part) and len(accepted.serials) != accepted.quantity:
        path = f"lines[{place}].serials"
        raise InvalidInput(
            [Violation(path, f"must name the {accepted.quantity} accepted pieces", "SERIALS_INCOMPLETE")]
        )
    return replace(line, accepted_quantity=accepted.quantity, accepted_serials=accepted.serials)


def _received(line: ReturnLine, arrived: ReturnLineDraft | None, places: Mapping[int, int]) -> ReturnLine:
    if arrived is None:
        return line
    if arrived.quantity > line.quantity:
        raise MoreThanAuthorized(line.line_number, line.quantity)
    authorized = frozenset(line.serials)
    for serial in arrived.serials:
        if serial not in authorized:
            raise SerialNotAuthorized(line.sku, serial)
    if line.serials and len(arrived.serials) != arrived.quantity:
        path = f"lines[{places[line.line_number]}].serials"
        raise InvalidInput([Violation(path, "are needed for each piece", "SERIALS_INCOMPLETE")])
    return replace(line, received_quantity=arrived.quantity, received_serials=arrived.serials)


def _moved(order: Order, by: Mapping[int, tuple[int, int, int]], *, now: datetime) -> Order:
    """The order with these numbers added to the returning, returned and serials-out counts of each line."""
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
