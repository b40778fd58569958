"""Goods that come back: what a return is made of, and what may be one."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.orders.record.domain.goods import NotShippable, Serial, line_of
from services.orders.record.domain.order import Order
from services.orders.record.domain.serials import SerialLine, spelled_out
from services.orders.record.domain.states import MAY_RETURN, LineKind
from services.orders.record.domain.violations import LineNumbers, refuse
from services.orders.returns.domain.states import ReturnReason, ReturnResolution, ReturnState


class ReturnLineDraft(SerialLine, frozen=True, kw_only=True):
    """Pieces of one order line."""


class AcceptedLine(SerialLine, frozen=True, kw_only=True):
    """Pieces of one order line that are accepted."""


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line that come back. `sku` and where each serial is are ours, callers see the rest.

    accepted_serials: none where nobody said which pieces were accepted. replaced_quantity: accepted pieces for which
    goods left. sent_back_quantity, sent_back_serials: pieces that were not accepted and left again.
    """

    line_number: int
    sku: str
    quantity: int
    serials: tuple[str, ...] = ()
    received_quantity: int = 0
    received_serials: tuple[str, ...] = ()
    accepted_quantity: int = 0
    accepted_serials: tuple[str, ...] = ()
    replaced_quantity: int = 0
    sent_back_quantity: int = 0
    sent_back_serials: tuple[str, ...] = ()

    @property
    def to_settle(self) -> int:
        """Accepted pieces for which no goods left."""
        return self.accepted_quantity - self.replaced_quantity

    @property
    def to_send_back(self) -> int:
        """Pieces that are here and were not accepted."""
        return self.received_quantity - self.accepted_quantity - self.sent_back_quantity

    @property
    def rejected_serials(self) -> tuple[str, ...]:
        """Pieces that stay the partner's. Where only some of a line are accepted and nobody says which, all stay known
        as returned."""
        if self.accepted_quantity and not self.accepted_serials:
            return ()
        accepted = frozenset(self.accepted_serials)
        return tuple(serial for serial in self.received_serials if serial not in accepted)

    def serial_id(self, serial: str) -> str:
        """The id of one of its pieces."""
        return f"{self.sku}:{serial}"


class Return(Document, frozen=True, kw_only=True):
    """Goods that come back. `resolution` is what was meant at first, and what was done in the end. `shipment_ids`: what
    left for the accepted pieces; `shipment_id` is the last of them."""

    order_id: str
    partner_id: str
    ticket_id: str = ""
    state: ReturnState = ReturnState.AUTHORIZED
    reason: ReturnReason
    resolution: ReturnResolution
    lines: tuple[ReturnLine, ...]
    credit_note_id: str = ""
    shipment_id: str = ""
    shipment_ids: tuple[str, ...] = ()
    receive_date: date | None = None
    create_time: datetime
    update_time: datetime

    @property
    def numbers(self) -> frozenset[int]:
        """The lines of the order that it is about."""
        return frozenset(line.line_number for line in self.lines)


class MoreThanShipped(AppError):
    """More pieces than the partner has."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_SHIPPED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"line {line} has {left} pieces that could come back", line=line, left=left)


class SerialNotShipped(AppError):
    """The piece is not with the partner by this order, or is on its way back already."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_SHIPPED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} is not out by this order", sku=sku, serial=serial)


class MoreThanAuthorized(AppError):
    """More pieces arrived than may."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_AUTHORIZED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"{left} pieces of line {line} are authorised", line=line, left=left)


class SerialNotAuthorized(AppError):
    """Another piece arrived than may."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_AUTHORIZED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} is not authorised", sku=sku, serial=serial)


class MoreThanReceived(AppError):
    """More pieces are accepted than arrived."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_RECEIVED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"{left} pieces of line {line} were received", line=line, left=left)


class SerialNotReceived(AppError):
    """A piece is accepted that did not arrive."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_RECEIVED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} was not received", sku=sku, serial=serial)


class MoreThanRejected(AppError):
    """More pieces go back to the partner than are here and were not accepted."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_REJECTED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"{left} pieces of line {line} are to be sent back", line=line, left=left)


class SerialNotRejected(AppError):
    """A piece goes back to the partner that was accepted, or did not arrive."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_REJECTED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} is not to be sent back", sku=sku, serial=serial)


class ReturnNotAccepted(AppError):
    """The return is of another order, not inspected, rejected, or settled already."""

    code, reason = Code.FAILED_PRECONDITION, "RETURN_NOT_ACCEPTED"

    def __init__(self, rma: Return) -> None:
        super().__init__(
            f"return {rma.id} of order {rma.order_id} is {rma.state.name}",
            id=rma.id,
            order_id=rma.order_id,
            state=rma.state.name,
        )


def open_return(
    order: Order,
    drafts: tuple[ReturnLineDraft, ...],
    *,
    id: str,
    reason: ReturnReason,
    resolution: ReturnResolution,
    ticket_id: str,
    now: datetime,
) -> Return:
    """A new return in AUTHORIZED. Refuses what `checked_return_lines` refuses."""
    drafts = checked_return_lines(drafts, order)
    return Return(
        id=id,
        order_id=order.id,
        partner_id=order.partner_id,
        ticket_id=ticket_id,
        reason=reason,
        resolution=resolution,
        lines=tuple(
            ReturnLine(
                line_number=draft.line_number,
                sku=line_of(order, draft.line_number).sku,
                quantity=draft.quantity,
                serials=draft.serials,
            )
            for draft in drafts
        ),
        create_time=now,
        update_time=now,
    )


def checked_return_lines(lines: tuple[ReturnLineDraft, ...], order: Order) -> tuple[ReturnLineDraft, ...]:
    """The lines with their serials one by one. Refuses what cannot come back from this order: InvalidInput,
    NotShippable, MoreThanShipped, TooManySerials."""
    require_state("order", order.id, order.state, action="return goods", allowed=MAY_RETURN)
    lines, wrong = spelled_out(lines)
    refuse_unknown((line.line_number for line in lines), {line.line_number for line in order.lines}, "order", wrong)
    partial = []
    for place, draft in enumerate(lines):
        line = line_of(order, draft.line_number)
        if line.kind is LineKind.CHARGE:
            raise NotShippable(draft.line_number)
        if draft.quantity > line.returnable:
            raise MoreThanShipped(draft.line_number, line.returnable)
        without_serial = line.returnable - line.serials_out
        if len(draft.serials) != draft.quantity and (draft.serials or draft.quantity > without_serial):
            partial.append(
                Violation(f"lines[{place}].serials", "are needed for each piece shipped with one", "SERIALS_INCOMPLETE")
            )
    if partial:
        raise InvalidInput(partial)
    return lines


def bind_serial(piece: Serial, rma: Return, line: ReturnLine, serial: str) -> Serial:
    """The piece, on its way back by the return; SerialNotShipped if it is not out by this line of the order."""
    out = not piece.returned and not piece.return_id
    if not out or (piece.order_id, piece.line_number) != (rma.order_id, line.line_number):
        raise SerialNotShipped(line.sku, serial)
    return replace(piece, return_id=rma.id)


def release_serial(piece: Serial, *, returned: bool) -> Serial:
    """The piece, on no return any more; returned: whether it was accepted and may be shipped again."""
    return replace(piece, return_id="", returned=returned)


def refuse_unknown(numbers: Iterable[int], known: Collection[int], what: str, also: Iterable[Violation] = ()) -> None:
    """InvalidInput with `also` and every line that is not there, or named twice."""
    lines, found = LineNumbers(known, what), [*also]
    for place, number in enumerate(numbers):
        found += lines.violations(place, number)
    refuse(*found)
