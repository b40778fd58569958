"""What campaigns get of orders, against a second computation with decimals and fractions."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from services.deals.campaigns.domain.attribution import TouchedOrder, TouchPoint, attributed, figures, sums

FIRST = date(2026, 3, 1)
CAMPAIGNS = ("cmp_a", "cmp_b", "cmp_c")
UNIT = Decimal("0.0001")
TOUCHES = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(CAMPAIGNS)), max_size=12)
ORDERS = st.lists(
    st.tuples(st.decimals(0, 1_000_000, places=4), st.sampled_from(("EUR", "USD")), st.integers(0, 9), TOUCHES),
    max_size=6,
)


def _order(amount: Decimal, currency: str, day: int, touches: list[tuple[int, str]]) -> TouchedOrder:
    points = (TouchPoint(FIRST + timedelta(at), f"tch_{n:02}", of) for n, (at, of) in enumerate(touches))
    return TouchedOrder(Money.of(amount, currency), FIRST + timedelta(day), tuple(points))


@given(ORDERS, st.randoms(use_true_random=False))
def test_the_campaigns_together_get_each_touched_order_by_each_model(orders, chance):  # type: ignore[no-untyped-def]  # hypothesis gives them
    made = [_order(*one) for one in orders]
    got: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for campaign in CAMPAIGNS:
        shuffled = [one._replace(touches=tuple(chance.sample(one.touches, len(one.touches)))) for one in made]
        for row in figures(sums(campaign, shuffled), None):
            shares = [one for one in (row.first_touch, row.last_touch, row.linear) if one is not None]
            assert len(shares) == 3
            got[row.currency_code] = [
                sum_ + one.decimal for sum_, one in zip(got[row.currency_code], shares, strict=True)
            ]

    expected: dict[str, Decimal] = {}
    for amount, currency, day, touches in orders:
        if any(at <= day for at, _ in touches):
            expected[currency] = expected.get(currency, Decimal(0)) + amount
    assert dict(got) == {currency: [sum_] * 3 for currency, sum_ in expected.items()}


@given(st.decimals(0, 1_000_000, places=4), st.integers(0, 9), TOUCHES)
def test_first_and_last_get_all_and_equal_shares_differ_by_a_ten_thousandth_at_most(amount, day, touches):  # type: ignore[no-untyped-def]  # hypothesis gives them
    counted = sorted((at, n, of) for n, (at, of) in enumerate(touches) if at <= day)
    found = attributed(_order(amount, "EUR", day, touches))
    assert set(found) == {of for _, _, of in counted}
    for campaign, shares in found.items():
        own = sum(of == campaign for _, _, of in counted)
        exact = Fraction(amount) * own / len(counted)
        assert Decimal(shares.first) * UNIT == (amount if counted[0][2] == campaign else 0)
        assert Decimal(shares.last) * UNIT == (amount if counted[-1][2] == campaign else 0)
        assert abs(Fraction(Decimal(shares.linear) * UNIT) - exact) < own * Fraction(UNIT)


def test_the_cost_stays_in_its_currency_and_no_data_is_not_zero() -> None:
    touch = (TouchPoint(FIRST, "tch_1", "cmp_a"),)
    dollars = TouchedOrder(Money.of(300, "USD"), FIRST, touch)
    euros, american = figures(sums("cmp_a", [dollars]), Money.of(200, "EUR"))
    assert (euros.currency_code, euros.cost, euros.ordered, euros.linear_basis_points) == (
        "EUR",
        Money.of(200, "EUR"),
        None,
        None,
    )
    assert (american.linear, american.cost, american.linear_basis_points) == (Money.of(300, "USD"), None, None)
    (own,) = figures(sums("cmp_a", [dollars]), Money.of(200, "USD"))
    assert (own.first_touch_basis_points, own.last_touch_basis_points, own.linear_basis_points) == (15_000,) * 3
    (free,) = figures(sums("cmp_a", [dollars]), Money.of(0, "USD"))
    assert free.first_touch_basis_points is None
    assert figures(sums("cmp_b", [dollars]), None) == ()
