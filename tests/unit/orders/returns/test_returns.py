"""The life of a return as a table over every state and move, and where its pieces are counted."""

from collections.abc import Callable

import pytest

from libs.errors import InvalidInput, Violation, WrongState
from services.orders.record.domain.goods import MoreThanOrdered, NotShippable, ShipmentLine
from services.orders.record.domain.order import Order
from services.orders.record.domain.serials import TooManySerials
from services.orders.record.domain.states import OrderState
from services.orders.returns.domain import transitions
from services.orders.returns.domain.rma import (
    AcceptedLine,
    MoreThanAuthorized,
    MoreThanReceived,
    MoreThanShipped,
    Return,
    ReturnLineDraft,
    ReturnNotAccepted,
    SerialNotAuthorized,
    checked_return_lines,
)
from services.orders.returns.domain.states import ReturnResolution, ReturnState
from services.orders.shipping.domain import checked_lines, ship
from tests.builders import NOW, an_id
from tests.unit.orders.orders import TODAY, a_draft, a_return, charge, confirmed, goods, in_state, shipped

TWO = (ReturnLineDraft(line_number=1, quantity=2),)
ONE_MORE = (ShipmentLine(line_number=1, quantity=1),)
ORDER = in_state(OrderState.IN_FULFILLMENT)

MOVES: dict[str, Callable[[Return], Return]] = {
    "receive": lambda rma: transitions.receive(rma, TWO, ORDER, on=TODAY, now=NOW)[0],
    "inspect": lambda rma: transitions.inspect(rma, (AcceptedLine(line_number=1, quantity=1),), ORDER, now=NOW)[0],
    "reject": lambda rma: transitions.inspect(rma, (), ORDER, now=NOW)[0],
    "refund": lambda rma: transitions.refund(rma, ORDER.id, an_id("crn"), now=NOW)[0],
    "replace": lambda rma: transitions.replaced(rma, ORDER, ONE_MORE, shipment_id=an_id("shp"), now=NOW)[0],
    "send back": lambda rma: transitions.sent_back(rma, ORDER, ONE_MORE, now=NOW),
}
TABLE: dict[ReturnState, dict[str, ReturnState]] = {
    ReturnState.DRAFT: {},
    ReturnState.REPAIRED: {"send back": ReturnState.REPAIRED},
    ReturnState.AUTHORIZED: {"receive": ReturnState.RECEIVED},
    ReturnState.RECEIVED: {"inspect": ReturnState.INSPECTED, "reject": ReturnState.REJECTED},
    ReturnState.INSPECTED: {
        "refund": ReturnState.REFUNDED,
        "replace": ReturnState.REPLACED,
        "send back": ReturnState.INSPECTED,
    },
    ReturnState.REFUNDED: {"send back": ReturnState.REFUNDED},
    ReturnState.REPLACED: {"send back": ReturnState.REPLACED},
    ReturnState.REJECTED: {"send back": ReturnState.REJECTED},
}


@pytest.mark.parametrize("state", ReturnState)
@pytest.mark.parametrize("move", MOVES)
def test_a_return_makes_the_moves_of_its_state_and_no_other(state: ReturnState, move: str) -> None:
    rma = a_return(state)
    if move in TABLE[state]:
        assert MOVES[move](rma).state is TABLE[state][move]
        return
    refusal = ReturnNotAccepted if move in ("refund", "replace", "send back") else WrongState
    with pytest.raises(refusal) as refused:
        MOVES[move](rma)
    assert refused.value.metadata["state"] == state.name


def test_a_settled_return_says_how_it_was_settled() -> None:
    rma = transitions.replaced(a_return(ReturnState.INSPECTED), ORDER, ONE_MORE, shipment_id=an_id("shp"), now=NOW)[0]
    assert (rma.resolution, rma.shipment_id) == (ReturnResolution.REPLACEMENT, an_id("shp"))
    rma = transitions.refund(a_return(ReturnState.INSPECTED), ORDER.id, an_id("crn"), now=NOW)[0]
    assert (rma.resolution, rma.credit_note_id) == (ReturnResolution.REFUND, an_id("crn"))


def test_a_return_of_another_order_is_not_accepted() -> None:
    with pytest.raises(ReturnNotAccepted):
        transitions.refund(a_return(ReturnState.INSPECTED), an_id("ord", 2), an_id("crn"), now=NOW)


def test_no_more_comes_back_than_the_partner_has() -> None:
    order = shipped(confirmed(a_draft(goods(), charge())), {1: 4})
    with pytest.raises(MoreThanShipped) as refused:
        checked_return_lines((ReturnLineDraft(line_number=1, quantity=5),), order)
    assert refused.value.metadata == {"line": "1", "left": "4"}
    with pytest.raises(NotShippable):
        checked_return_lines((ReturnLineDraft(line_number=2, quantity=1),), order)
    order, _ = transitions.authorize(a_return(quantity=3), order, now=NOW)
    with pytest.raises(MoreThanShipped) as refused:
        checked_return_lines((ReturnLineDraft(line_number=1, quantity=2),), order)
    assert refused.value.metadata["left"] == "1"


def test_pieces_are_counted_where_they_are() -> None:
    order, _ = transitions.authorize(a_return(quantity=3), shipped(confirmed(a_draft()), {1: 4}), now=NOW)
    assert _counts(order) == (3, 0, 0, 1)
    rma, order, _ = transitions.receive(a_return(quantity=3), TWO, order, on=TODAY, now=NOW)
    assert _counts(order) == (2, 0, 0, 2)
    rma, order, _ = transitions.inspect(rma, (AcceptedLine(line_number=1, quantity=1),), order, now=NOW)
    assert _counts(order) == (0, 1, 0, 3)
    two = (ShipmentLine(line_number=1, quantity=2),)
    with pytest.raises(MoreThanOrdered) as refused:
        transitions.replaced(rma, order, two, shipment_id=an_id("shp"), now=NOW)
    assert refused.value.metadata["left"] == "1"
    _, order, _ = transitions.replaced(rma, order, ONE_MORE, shipment_id=an_id("shp"), now=NOW)
    assert (_counts(order), order.lines[0].shipped_quantity) == ((0, 1, 1, 4), 4)


def test_what_arrives_was_authorised_and_what_is_accepted_arrived() -> None:
    with pytest.raises(MoreThanAuthorized):
        transitions.receive(a_return(), (ReturnLineDraft(line_number=1, quantity=3),), ORDER, on=TODAY, now=NOW)
    serial = (ReturnLineDraft(line_number=1, quantity=1, serials=("A-1",)),)
    with pytest.raises(SerialNotAuthorized):
        transitions.receive(a_return(), serial, ORDER, on=TODAY, now=NOW)
    with pytest.raises(MoreThanReceived):
        transitions.inspect(a_return(ReturnState.RECEIVED), (AcceptedLine(line_number=1, quantity=3),), ORDER, now=NOW)


def test_every_wrong_line_is_named_at_once() -> None:
    drafts = (
        ReturnLineDraft(line_number=7, quantity=1),
        ReturnLineDraft(line_number=1, quantity=1),
        ReturnLineDraft(line_number=1, quantity=1),
    )
    with pytest.raises(InvalidInput) as refused:
        checked_return_lines(drafts, ORDER)
    assert refused.value.violations == (
        Violation("lines[0].line_number", "is no line of the order", "UNKNOWN_LINE"),
        Violation("lines[2].line_number", "stands there twice", "DUPLICATE_LINE"),
    )


def test_pieces_shipped_with_serials_come_back_by_serial() -> None:
    lines = (ShipmentLine(line_number=1, quantity=2, serials=("A", "B")),)
    order = ship(confirmed(a_draft()), lines, shipment_id=an_id("shp"), now=NOW)
    with pytest.raises(InvalidInput):
        checked_return_lines((ReturnLineDraft(line_number=1, quantity=1),), order)
    with pytest.raises(InvalidInput):
        checked_return_lines((ReturnLineDraft(line_number=1, quantity=2, serials=("A",)),), order)
    checked_return_lines((ReturnLineDraft(line_number=1, quantity=1, serials=("A",)),), order)
    order = shipped(order, {1: 3}, number=2)
    checked_return_lines((ReturnLineDraft(line_number=1, quantity=3),), order)
    with pytest.raises(InvalidInput):
        checked_return_lines((ReturnLineDraft(line_number=1, quantity=4),), order)


def test_a_serial_of_a_product_stands_on_one_line() -> None:
    order = confirmed(a_draft(goods(), goods()))
    lines = tuple(ShipmentLine(line_number=number, quantity=1, serials=("A",)) for number in (1, 2))
    with pytest.raises(InvalidInput) as refused:
        checked_lines(lines, order)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("lines[1].serials", "DUPLICATE_SERIAL")]


def test_more_serials_than_a_commit_takes_are_several_returns() -> None:
    serials = tuple(f"A-{number}" for number in range(1_001))
    order = shipped(confirmed(a_draft(goods(quantity=1_001))), {1: 1_001})
    with pytest.raises(TooManySerials):
        checked_return_lines((ReturnLineDraft(line_number=1, quantity=1_001, serials=serials),), order)


def _counts(order: Order) -> tuple[int, int, int, int]:
    line = order.lines[0]
    return line.returning_quantity, line.returned_quantity, line.replaced_quantity, line.returnable
