"""The stock ledger equals an independent oracle, whatever moved and in which order it was told."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.stock.domain.ledger import DiscrepancyKind, Layer, ledger_of
from services.orders.stock.domain.movement import Movement, MovementKind
from tests.unit.orders.stock import oracle
from tests.unit.orders.stock.oracle import Found, Move

_FIRST = date(2026, 1, 1)
_THEN = datetime(2026, 1, 1, tzinfo=UTC)


def moved(kind: str, day: int, quantity: int, serials: tuple[str, ...] = (), name: str = "") -> Movement:
    return Movement(
        id=name or f"{kind}-{day}",
        partner_id="par_eu1_a",
        sku="A-1",
        kind=MovementKind[kind],
        date=_FIRST + timedelta(days=day),
        quantity=quantity,
        serials=serials,
        create_time=_THEN,
        update_time=_THEN,
    )


@st.composite
def _moves(draw: st.DrawFn) -> list[Move]:
    """Movements of a few days and serials, so that they meet; one of a kind, day and name."""
    drawn = st.tuples(
        st.sampled_from(list(MovementKind)),
        st.integers(0, 12),
        st.sampled_from(["a", "b"]),
        st.integers(0, 30),
        st.sets(st.sampled_from(["s1", "s2", "s3", "s4"])),
        st.booleans(),
    )
    found = {}
    for kind, day, which, quantity, serials, with_serials in draw(st.lists(drawn, max_size=25)):
        which = "a" if kind is MovementKind.COUNT else which  # a partner counts once a day
        name = f"{kind.value}-{day:02}-{which}"
        named = tuple(sorted(serials)) if with_serials else ()
        found[name] = Move(kind.value, day, name, len(named) if named else quantity, named)
    return list(found.values())


@given(_moves(), st.randoms(use_true_random=False))
def test_the_ledger_equals_the_oracle(moves: list[Move], order: Random) -> None:
    told = [moved(one.kind, one.day, one.quantity, one.serials, one.name) for one in moves]
    order.shuffle(told)
    found = ledger_of(told)
    assert found.balance == oracle.balance(moves)
    seen = Counter(Found(one.kind.value, one.movement_id, one.quantity, one.serial) for one in found.discrepancies)
    assert seen == oracle.discrepancies(moves)
    assert sum(one.quantity for one in found.layers) == max(0, found.balance)
    since = found.received - found.sold - found.lost - found.returned
    assert found.balance == found.counted + since


def test_what_was_sold_and_never_came_is_a_discrepancy_with_its_evidence() -> None:
    found = ledger_of([moved("SELL_IN", 0, 10), moved("SELL_THROUGH", 1, 13)])
    assert found.balance == -3
    [one] = found.discrepancies
    assert (one.kind, one.quantity, one.expected) == (DiscrepancyKind.MORE_LEFT_THAN_CAME, 3, 10)
    assert one.movement_id == "SELL_THROUGH-1"


def test_a_shipment_that_is_told_late_takes_the_discrepancy_back() -> None:
    found = ledger_of([moved("SELL_THROUGH", 1, 13), moved("SELL_IN", 0, 20)])
    assert (found.balance, found.discrepancies) == (7, ())


def test_a_serial_sold_twice_names_both_sales() -> None:
    moves = [moved("SELL_IN", 0, 2, ("s1", "s2")), moved("SELL_THROUGH", 1, 1, ("s1",))]
    [one] = ledger_of([*moves, moved("SELL_THROUGH", 2, 1, ("s1",))]).discrepancies
    assert (one.kind, one.serial) == (DiscrepancyKind.SERIAL_SOLD_TWICE, "s1")
    assert (one.movement_id, one.earlier_id) == ("SELL_THROUGH-2", "SELL_THROUGH-1")


def test_a_return_of_a_piece_that_was_sold_leaves_the_stock_as_it_is() -> None:
    moves = [moved("SELL_IN", 0, 2, ("s1", "s2")), moved("SELL_THROUGH", 1, 1, ("s1",))]
    assert ledger_of([*moves, moved("RETURN", 2, 1, ("s1",))]).balance == 1
    assert ledger_of([*moves, moved("RETURN", 2, 1, ("s2",))]).balance == 0


@pytest.mark.parametrize(("count", "difference"), [(8, -2), (15, 5)])
def test_a_count_decides_and_says_what_it_differs_by(count: int, difference: int) -> None:
    found = ledger_of([moved("SELL_IN", 0, 10), moved("COUNT", 5, count), moved("SELL_THROUGH", 6, 3)])
    assert (found.balance, found.sold, found.received) == (count - 3, 3, 0)
    assert [(one.quantity, one.expected) for one in found.discrepancies] == [(difference, 10)]


def test_the_first_count_opens_the_stock() -> None:
    found = ledger_of([moved("COUNT", 0, 40), moved("SELL_THROUGH", 1, 15), moved("SELL_IN", 2, 5)])
    assert (found.balance, found.discrepancies) == (30, ())
    assert found.layers == (Layer(date=_FIRST, quantity=25), Layer(date=_FIRST + timedelta(days=2), quantity=5))
