"""A handover is LISTED and COMPLETED when all that every service states has arrived, in whatever order."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.handover_row import HandoverAct, HandoverOutcome, HandoverRow, HandoverStay
from services.partners.handover.domain import (
    Handover,
    HandoverItem,
    HandoverPart,
    HandoverState,
    Stated,
    confirm,
    stated,
)
from tests.builders import NOW, an_id

SERVICES = ("deals", "orders")
ASKED = Handover(
    id=an_id("hov"),
    leaving_partner_id=an_id("ptn", 1),
    target_partner_id=an_id("ptn", 2),
    open_key=an_id("ptn", 1),
    parts=tuple(HandoverPart(service=one) for one in SERVICES),
    create_time=NOW,
    update_time=NOW,
)
ROWS = st.dictionaries(st.integers(1, 12), st.booleans(), max_size=8)
"""Numbers of documents, and whether each moves."""


def _listed(number: int, moves: bool) -> HandoverRow:
    outcome = HandoverOutcome.TO_MOVE if moves else HandoverOutcome.STAYS
    return _row(number, outcome, moves)


def _settled(number: int, moves: bool) -> HandoverRow:
    return _row(number, HandoverOutcome.MOVED if moves else HandoverOutcome.STAYS, moves)


def _row(number: int, outcome: HandoverOutcome, moves: bool) -> HandoverRow:
    stay = None if moves else HandoverStay.KEEPS_DEBTOR
    return HandoverRow(kind="order", id=an_id("ord", number), outcome=outcome, stay=stay)


def _parts(service: str, act: HandoverAct, rows: list[HandoverRow]) -> list[Stated]:
    """A statement for each document, and the last one."""
    return [*(Stated(service, act, (row,), None) for row in rows), Stated(service, act, (), len(rows))]


def _heard(handover: Handover, told: list[Stated], items: dict[str, HandoverItem]) -> Handover:
    """The handover after these statements; until the last one it waits for a service."""
    for place, one in enumerate(told):
        done = stated(handover, one, items, now=NOW)
        items |= {item.id: item for item in done.items}
        handover = done.handover
        assert bool(handover.missing_services) is (place < len(told) - 1)
        assert (done.event is not None) is (handover.state is HandoverState.COMPLETED)
    return handover


@given(listed=st.tuples(ROWS, ROWS), late=ROWS, data=st.data())
def test_statements_may_arrive_in_any_order(
    listed: tuple[dict[int, bool], dict[int, bool]], late: dict[int, bool], data: st.DataObject
) -> None:
    items: dict[str, HandoverItem] = {}
    lists = [
        part
        for service, rows in zip(SERVICES, listed, strict=True)
        for part in _parts(service, HandoverAct.LIST, [_listed(*row) for row in rows.items()])
    ]
    handover = _heard(ASKED, data.draw(st.permutations(lists)), items)
    assert handover.state is HandoverState.LISTED
    handover = confirm(handover, now=NOW)
    finished = {**late, **listed[0]}, listed[1]
    moves = [
        part
        for service, rows in zip(SERVICES, finished, strict=True)
        for part in _parts(service, HandoverAct.MOVE, [_settled(*row) for row in rows.items()])
    ]
    done = _heard(handover, data.draw(st.permutations(moves)), items)
    assert (done.state, done.open_key) == (HandoverState.COMPLETED, None)
    for part, first, rows in zip(done.parts, listed, finished, strict=True):
        counts = {count.kind: count for count in part.counts}.get("order")
        told = (counts.listed_rows, counts.moved_rows, counts.staying_rows, counts.late_rows) if counts else (0,) * 4
        moved = sum(rows.values())
        new = [number for number in rows if number not in first and rows[number]]
        assert told == (len(first), moved, len(rows) - moved, len(new))


def test_a_statement_that_comes_again_or_is_of_a_stranger_changes_nothing() -> None:
    row = _listed(1, moves=True)
    first = stated(ASKED, Stated("deals", HandoverAct.LIST, (row,), None), {}, now=NOW)
    items = {item.id: item for item in first.items}
    again = stated(first.handover, Stated("deals", HandoverAct.LIST, (row,), None), items, now=NOW)
    assert again.handover == first.handover
    assert stated(ASKED, Stated("tickets", HandoverAct.LIST, (row,), 1), {}, now=NOW).handover is ASKED
    canceled = replace(ASKED, state=HandoverState.CANCELED)
    assert stated(canceled, Stated("deals", HandoverAct.LIST, (row,), 1), {}, now=NOW).handover is canceled
