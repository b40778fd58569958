"""Money is exact: whatever is added, shared out and rounded agrees with fractions, which never round by themselves."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.money import (
    LIMIT_UNITS,
    PER_UNIT,
    CurrencyMismatch,
    Money,
    current_currencies,
    known_currencies,
    minor_digits,
    total,
)

MOST = LIMIT_UNITS * PER_UNIT
AMOUNTS = st.integers(-MOST, MOST)
CURRENCIES = st.sampled_from(sorted(known_currencies()))
COUNTS = st.integers(1, 10**18)


@given(AMOUNTS, CURRENCIES)
def test_an_amount_is_its_decimal_and_its_decimal_is_the_amount(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Fraction(money.decimal) == Fraction(amount, PER_UNIT)
    assert Money.of(money.decimal, currency) == money
    assert Money.of(str(money.decimal), currency) == money


@given(st.decimals() | st.decimals(places=4) | st.integers() | st.integers().map(str))
@example(Decimal("12345678901234.00000000000000001"))
@example(Decimal(LIMIT_UNITS))
@example(Decimal(LIMIT_UNITS) + Decimal("0.0001"))
@example(Decimal("sNaN"))
@example("x")
def test_only_what_has_four_decimals_at_most_and_is_in_range_is_an_amount(value: Decimal | int | str) -> None:
    try:
        exact = Fraction(value) * PER_UNIT
    except (ValueError, OverflowError):
        exact = None
    if exact is None or exact.denominator != 1 or abs(exact) > MOST:
        with pytest.raises(ValueError, match="is not an amount"):
            Money.of(value, "EUR")
    else:
        assert Money.of(value, "EUR") == Money(int(exact), "EUR")


@pytest.mark.parametrize("value", ["1E+999999", "-1E+999999999999", "1E-999999", "Infinity", "", "1,5", "٣٫٥"])
def test_what_is_no_amount_is_refused_however_it_is_written(value: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        Money.of(value, "EUR")


@given(st.lists(AMOUNTS, max_size=20), CURRENCIES)
def test_a_sum_does_not_depend_on_the_order_and_loses_nothing(amounts: list[int], currency: str) -> None:
    all_of_them = [Money(one, currency) for one in amounts]
    assert total(all_of_them, currency) == total(all_of_them[::-1], currency) == Money(sum(amounts), currency)


@given(AMOUNTS, AMOUNTS, st.integers(-1000, 1000))
def test_taking_away_undoes_adding_and_order_is_that_of_the_amounts(one: int, other: int, count: int) -> None:
    a, b = Money(one, "EUR"), Money(other, "EUR")
    assert (a + b - b, a - b, -a) == (a, a + -b, Money.zero("EUR") - a)
    assert (a < b, a <= b, a > b, a >= b) == (one < other, one <= other, one > other, one >= other)
    assert a * count == Money(one * count, "EUR")


@given(AMOUNTS, st.integers(0, 10**18), COUNTS)
@example(MOST, 10**18, 3)
@example(1, 1, 2)
@example(3, 1, 2)
def test_a_share_is_the_fraction_rounded_half_to_even(amount: int, numerator: int, denominator: int) -> None:
    exact = Fraction(amount * numerator, denominator)
    assert Money(amount, "EUR").share(numerator, denominator) == Money(round(exact), "EUR")


@given(AMOUNTS, st.lists(st.integers(1, 1000), min_size=1, max_size=20))
def test_shares_of_a_whole_are_together_no_further_from_it_than_their_roundings(
    amount: int, weights: list[int]
) -> None:
    shares = [Money(amount, "EUR").share(one, sum(weights)) for one in weights]
    assert abs(total(shares, "EUR").amount - amount) <= Fraction(len(weights), 2)


@given(AMOUNTS, CURRENCIES)
def test_what_can_be_paid_is_the_nearest_multiple_of_the_minor_unit(amount: int, currency: str) -> None:
    step = PER_UNIT // 10 ** minor_digits(currency)
    paid = Money(amount, currency).payable()
    assert paid == Money(round(Fraction(amount, step)) * step, currency)
    assert paid.payable() == paid


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("ITL", 0)])
def test_minor_units_are_those_of_the_currency(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


def test_a_minor_unit_that_nobody_uses_any_more_is_still_one() -> None:
    small = ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER")
    assert {one: minor_digits(one) for one in (*small, "IQD")} == dict.fromkeys(small, 2) | {"IQD": 3}
    assert Money.of("99.40", "RSD").payable() == Money.of("99.40", "RSD")


@pytest.mark.parametrize(
    ("currency", "known", "current"),
    [("EUR", True, True), ("DEM", True, False), ("XXX", False, False), ("XAU", False, False), ("CNH", False, False)],
)
def test_what_was_money_once_is_known_and_what_never_was_is_not(currency: str, known: bool, current: bool) -> None:
    assert (currency in known_currencies(), currency in current_currencies()) == (known, current)


@given(AMOUNTS, AMOUNTS)
def test_amounts_of_different_currencies_are_never_combined(one: int, other: int) -> None:
    euros, yen = Money(one, "EUR"), Money(other, "JPY")
    for combine in (lambda: euros + yen, lambda: euros - yen, lambda: euros < yen, lambda: euros <= yen):
        with pytest.raises(CurrencyMismatch):
            combine()
    assert euros != yen
    with pytest.raises(CurrencyMismatch):
        total([euros, yen], "EUR")
