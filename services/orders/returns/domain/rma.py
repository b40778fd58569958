"""The documents of returns, and the checks of new ones."""

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
    """The pieces of one order line to return, or that arrived."""


class AcceptedLine(SerialLine, frozen=True, kw_only=True):
    """Pieces of one order line that are accepted."""


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line in a return. Callers do not see `sku` or where each serial is.

    accepted_serials: empty if all pieces that arrived were accepted and the inspection did not name them.
    replaced_quantity: accepted pieces for which goods were shipped. sent_back_quantity, sent_back_serials: rejected
    pieces that were sent back to the partner.
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
        """How many accepted pieces have not been replaced."""
        return self.accepted_quantity - self.replaced_quantity

    @property
    def to_send_back(self) -> int:
        """How many pieces arrived, were not accepted, and were not sent back yet."""
        return self.received_quantity - self.accepted_quantity - self.sent_back_quantity

    @property
    def rejected_serials(self) -> tuple[str, ...]:
        """The serials that were not accepted and stay the partner's. Empty if pieces were accepted and not named: then
        all of the line were (an older inspection may have accepted a part without naming it)."""
        if self.accepted_quantity and not self.accepted_serials:
            return ()
        accepted = frozenset(self.accepted_serials)
        return tuple(serial for serial in self.received_serials if serial not in accepted)

    def serial_id(self, serial: str) -> str:
        """The id of the `Serial` of one of its pieces."""
        return f"{self.sku}:{serial}"


class Return(Document, frozen=True, kw_only=True):
    """A return. `resolution`: first what was intended, in the end what was done. `shipment_ids`: the shipments for
    accepted pieces; `shipment_id`: the last of them."""

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
        """The numbers of the order lines in the return."""
        return frozenset(line.line_number for line in self.lines)


class MoreThanShipped(AppError):
    """The return has more pieces than the partner has."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_SHIPPED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"line {line} has {left} pieces that could come back", line=line, left=left)


class SerialNotShipped(AppError):
    """The piece was not shipped to the partner by this order, or is in a return already."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_SHIPPED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} is not out by this order", sku=sku, serial=serial)


class MoreThanAuthorized(AppError):
    """More pieces arrived than the return authorizes."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_AUTHORIZED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"{left} pieces of line {line} are authorised", line=line, left=left)


class SerialNotAuthorized(AppError):
    """A piece arrived that the return does not name."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_AUTHORIZED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} is not authorised", sku=sku, serial=serial)


class MoreThanReceived(AppError):
    """More pieces were accepted than arrived."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_RECEIVED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"{left} pieces of line {line} were received", line=line, left=left)


class SerialNotReceived(AppError):
    """A piece was accepted that did not arrive."""

    code, reason = Code.FAILED_PRECONDITION, "SERIAL_NOT_RECEIVED"

    def __init__(self, sku: str, serial: str) -> None:
        super().__init__(f"{sku} {serial} was not received", sku=sku, serial=serial)


class MoreThanRejected(AppError):
    """The shipment sends back more pieces than arrived and were rejected."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_REJECTED"

    def __init__(self, line: int, left: int) -> None:
        super().__init__(f"{left} pieces of line {line} are to be sent back", line=line, left=left)


class SerialNotRejected(AppError):
    """The shipment sends back a piece that was accepted or did not arrive."""

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
    """A new return in AUTHORIZED; the errors of `checked_return_lines`."""
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
    """The lines with their serial ranges expanded. WrongState, InvalidInput, NotShippable, MoreThanShipped or
    TooManySerials if these pieces cannot be returned."""
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
    """The piece, bound to the return; SerialNotShipped unless the partner has it by this line of the order."""
    out = not piece.returned and not piece.return_id
    if not out or (piece.order_id, piece.line_number) != (rma.order_id, line.line_number):
        raise SerialNotShipped(line.sku, serial)
    return replace(piece, return_id=rma.id)


def release_serial(piece: Serial, *, returned: bool) -> Serial:
    """The piece, bound to no return; returned: whether it was accepted and may be shipped again."""
    return replace(piece, return_id="", returned=returned)


def refuse_unknown(numbers: Iterable[int], known: Collection[int], what: str, also: Iterable[Violation] = ()) -> None:
    """InvalidInput with `also` and the violations of line numbers that are unknown or named twice."""
    lines, found = LineNumbers(known, what), [*also]
    for place, number in enumerate(numbers):
        found += lines.violations(place, number)
    refuse(*found)
