"""Goods that come back: what a return is made of, and what may be one."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.orders.domain.order import Order, OrderLine
from services.orders.domain.shipment import SERIALS_PER_SHIPMENT, NotShippable, TooManySerials
from services.orders.domain.states import MAY_RETURN, LineKind, ReturnReason, ReturnResolution, ReturnState


class ReturnLineDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line."""

    line_number: int
    quantity: int
    serials: tuple[str, ...] = ()


class AcceptedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line that are accepted."""

    line_number: int
    quantity: int


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line that come back. `sku` and `received_serials` are ours, callers see the rest."""

    line_number: int
    sku: str
    quantity: int
    serials: tuple[str, ...] = ()
    received_quantity: int = 0
    received_serials: tuple[str, ...] = ()
    accepted_quantity: int = 0

    def serial_id(self, serial: str) -> str:
        """The id of one of its pieces."""
        return f"{self.sku}:{serial}"


class Return(Document, frozen=True, kw_only=True):
    """Goods that come back. `resolution` is what was meant at first, and what was done in the end."""

    order_id: str
    partner_id: str
    ticket_id: str = ""
    state: ReturnState = ReturnState.AUTHORIZED
    reason: ReturnReason
    resolution: ReturnResolution
    lines: tuple[ReturnLine, ...]
    credit_note_id: str = ""
    shipment_id: str = ""
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


class ReturnNotAccepted(AppError):
    """The return is of another order, not inspected, rejected, or settled already."""

    code, reason = Code.FAILED_PRECONDITION, "RETURN_NOT_ACCEPTED"

    def __init__(self, back: Return) -> None:
        super().__init__(
            f"return {back.id} of order {back.order_id} is {back.state.name}",
            id=back.id,
            order_id=back.order_id,
            state=back.state.name,
        )


def check_return_lines(lines: tuple[ReturnLineDraft, ...], order: Order) -> None:
    """Refuse what cannot come back from this order: InvalidInput, NotShippable, MoreThanShipped, TooManySerials."""
    require_state("order", order.id, order.state, action="return goods", allowed=MAY_RETURN)
    refuse_unknown((line.line_number for line in lines), {line.line_number for line in order.lines}, "order")
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
    if sum(len(line.serials) for line in lines) > SERIALS_PER_SHIPMENT:
        raise TooManySerials


def refuse_unknown(numbers: Iterable[int], known: Collection[int], what: str, also: Iterable[Violation] = ()) -> None:
    """InvalidInput with `also` and every line that is not there, or named twice."""
    found = [*also]
    seen: set[int] = set()
    for place, number in enumerate(numbers):
        path = f"lines[{place}].line_number"
        if number not in known:
            found.append(Violation(path, f"is no line of the {what}", "UNKNOWN_LINE"))
        if number in seen:
            found.append(Violation(path, "stands there twice", "DUPLICATE_LINE"))
        seen.add(number)
    if found:
        raise InvalidInput(found)


def line_of(order: Order, number: int) -> OrderLine:
    """A line that is known to be there."""
    found = order.line(number)
    assert found is not None, "checked by check_return_lines or check_lines"
    return found
