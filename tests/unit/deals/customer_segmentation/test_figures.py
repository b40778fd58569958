"""What the orders of a customer come to, against a computation order by order with exact decimals."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.money import Money
from libs.segmentation.lifecycle import LifeCycle
from services.deals.customer_segmentation.domain.figures import Figures, figures_of
from services.deals.customers.domain.entries import CustomerEntry, DocumentType
from tests.unit.deals.customer_segmentation.built import QUARTER, RULES, an_order

FIRST_MONTH, LAST_DAY = date(2025, 7, 1), date(2026, 6, 30)


class Bought(NamedTuple):
    """An order as a person would note it: the units that were ordered, and canceled of these. gone: canceled whole."""

    day: date
    ordered: int
    canceled: int
    gone: bool
    currency: str


ORDERS = st.lists(
    st.builds(
        Bought,
        day=st.dates(date(2024, 1, 1), date(2026, 9, 30)),
        ordered=st.integers(0, 5_000),
        canceled=st.integers(0, 500),
        gone=st.booleans(),
        currency=st.sampled_from(["EUR"] * 9 + ["USD"]),
    ),
    max_size=12,
)


def stored(number: int, one: Bought) -> CustomerEntry:
    order = an_order(number, one.day, one.ordered, currency=one.currency, canceled=one.gone)
    return replace(order, canceled_amount=Money(one.canceled * 10_000, one.currency) if one.canceled else None)


def found(*entries: CustomerEntry) -> Figures | None:
    return figures_of(entries, RULES, currency="EUR", first_month=FIRST_MONTH, quarter=QUARTER)


def by_hand(orders: list[Bought]) -> tuple[Decimal | None, int, date, str | None] | None:
    """Revenue in units, number of orders, day of the last one, and life cycle."""
    stands = [one for one in orders if not one.gone and one.day <= LAST_DAY]
    window = [one for one in stands if one.day >= FIRST_MONTH]
    if not window:
        return None
    last = max(one.day for one in stands)
    if any(one.currency != "EUR" for one in stands):
        return None, len(window), last, None
    revenue = sum((Decimal(one.ordered - one.canceled) for one in window), Decimal(0))
    return revenue, len(window), last, _cycle(stands)


def _cycle(stands: list[Bought]) -> str:
    """As the README says it, over months that count back from June 2026, which is month 0."""
    months = [Decimal(0)] * 40
    for one in stands:
        months[(2026 - one.day.year) * 12 + 6 - one.day.month] += one.ordered - one.canceled
    earning = [back for back, amount in enumerate(months) if amount > 0]
    if not earning or min(earning) >= 6:
        return "LOST"
    if max(earning) < 3:
        return "NEW"
    recent, before = sum(months[:3]), sum(months[3:6])
    if recent <= 0 or recent < before * Decimal("0.8"):
        return "AT_RISK"
    return "GROWING" if recent > before * Decimal("1.2") else "STABLE"


@given(ORDERS)
def test_the_figures_are_those_of_the_orders_one_by_one(orders: list[Bought]) -> None:
    figures = found(*(stored(number, one) for number, one in enumerate(orders, start=1)))
    shown = figures and (
        None if figures.revenue is None else Decimal(figures.revenue) / 10_000,
        figures.order_count,
        figures.last_order_date,
        figures.life_cycle.name if figures.life_cycle else None,
    )
    assert shown == by_hand(orders)


def test_an_order_without_an_amount_is_not_zero_and_a_claim_is_no_order() -> None:
    known, silent = an_order(1, QUARTER, 10), replace(an_order(2, QUARTER, 0), amount=None)
    claim = replace(an_order(3, QUARTER, 5), type=DocumentType.CLAIM)
    assert found(claim) is None
    figures = found(known, silent, claim)
    assert figures == Figures(revenue=None, order_count=2, last_order_date=QUARTER, life_cycle=None)
    old = an_order(4, FIRST_MONTH - timedelta(days=400), 10)
    assert found(old) is None
    figures = found(known, old)
    assert figures is not None
    assert (figures.revenue, figures.life_cycle) == (100_000, LifeCycle.GROWING)
