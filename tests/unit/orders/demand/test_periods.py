"""The demand of a period is what was sold in it, or shipped less what came back; an empty period is no demand, and a
period that is not known is none."""

from datetime import date

import pytest

from services.orders.demand.domain.periods import Basis, Grain, basis_of, demand_of
from services.orders.stock.domain.sales import Sales, sales_of
from tests.unit.orders.stock.test_ledger import moved

_TODAY = date(2026, 6, 10)


def _sales() -> Sales:
    """Days count from 2026-01-01, a Thursday."""
    moves = [
        moved("SELL_IN", 0, 50),
        moved("RETURN", 40, 60),
        moved("SELL_THROUGH", 3, 4),
        moved("SELL_THROUGH", 4, 5),
        moved("SELL_THROUGH", 95, 7),
    ]
    return sales_of("par_eu1_a", "A-1", moves)


@pytest.mark.parametrize(
    ("grain", "basis", "first", "values"),
    [
        (Grain.MONTH, Basis.SELL_THROUGH, date(2026, 1, 1), [9, 0, 0, 7]),
        (Grain.MONTH, Basis.SELL_IN, date(2026, 1, 1), [50, 0, 0, 0, 0]),
        (Grain.WEEK, Basis.SELL_THROUGH, date(2025, 12, 29), [4, 5, *([0] * 12), 7]),
    ],
)
def test_demand_of_whole_known_periods(grain: Grain, basis: Basis, first: date, values: list[int]) -> None:
    assert demand_of([_sales()], grain=grain, basis=basis, today=_TODAY) == (first, values)


def test_the_period_of_today_is_not_known_yet() -> None:
    today = date(2026, 4, 30)
    found = demand_of([_sales()], grain=Grain.MONTH, basis=Basis.SELL_THROUGH, today=today)
    assert found == (date(2026, 1, 1), [9, 0, 0])


def test_partners_add_up_and_a_history_is_bounded() -> None:
    far = [moved("SELL_THROUGH", day, 1) for day in range(0, 70 * 31, 31)]
    both = [sales_of("par_eu1_b", "A-1", far), _sales()]
    first, values = demand_of(both, grain=Grain.MONTH, basis=Basis.SELL_THROUGH, today=date(2032, 1, 1))
    assert (len(values), values[-1], first) == (60, 1, date(2026, 12, 1))


def test_without_sales_there_is_no_demand_and_shipments_are_the_basis() -> None:
    counted = sales_of("par_eu1_a", "A-1", [moved("COUNT", 0, 5)])
    assert demand_of([counted], grain=Grain.MONTH, basis=Basis.SELL_IN, today=_TODAY) == (None, [])
    assert (basis_of([counted]), basis_of([counted, _sales()])) == (Basis.SELL_IN, Basis.SELL_THROUGH)
