"""Values that no column holds: products, sums, and what of an order's freight and tax falls on a line."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money, minor_digits
from services.imports.computed import Incomputable, product, rounded, shares, total
from services.imports.mapping import MappingMistakes
from tests.unit.imports.samples import LINE, checked, orders_of, said, write

_EUR = {"constant": "EUR"}
_PRICE = {"column": "price", "currency": _EUR}
_SHARED = {"share": "freight", "by": {"product": ["count", "price"]}, "currency": _EUR}
_HEADER = "id,sku,count,price,rate,freight\n"


def _lines(folder: Path, line: Mapping[str, object], rows: str, **frame: object) -> tuple[list[Any], list[Any]]:
    fields = {**LINE, "quantity": "count", "unit_price": _PRICE, **line}
    found = orders_of({"lines": {"each": "rows", "fields": fields}}, **frame)
    messages, heard, _ = checked(found, write(folder, rows=_HEADER + rows))
    return [line for message in messages for line in message.lines], said(heard)  # type: ignore[attr-defined]  # an order


def _amount(found: Any) -> Decimal:
    return Decimal(found.units) + Decimal(found.nanos).scaleb(-9)


def test_a_discount_that_is_a_fraction_becomes_an_amount(tmp_path: Path) -> None:
    rate = {"discount": {"product": ["count", "price", "rate"], "currency": _EUR}}
    lines, notes = _lines(tmp_path, rate, "1,a,3,19.99,0.15,0\n1,b,1,419.4589,0.02,0\n1,c,1,5,,0\n")
    assert [_amount(line.discount) for line in lines] == [Decimal("8.9955"), Decimal("8.3892"), 0]
    assert not lines[2].HasField("discount")
    assert notes == []


def test_a_percentage_is_a_product_with_a_hundredth_and_decimals_say_where_it_is_rounded(tmp_path: Path) -> None:
    rate = {"column": "rate", "replace": {"%": ""}, "decimal_point": ","}
    parts = ["count", "price", rate, {"constant": "0.01"}]
    discount = {"discount": {"product": parts, "currency": _EUR, "decimals": "2"}}
    lines, notes = _lines(tmp_path, discount, '1,a,3,19.99,"7,5%",0\n1,b,1,0.5,5%,0\n')
    assert [_amount(line.discount) for line in lines] == [Decimal("4.50"), Decimal("0.02")]
    assert notes == []


def test_a_sum_adds_what_there_is_and_subtracts_what_is_negated(tmp_path: Path) -> None:
    amount = {"sum": ["price", {"column": "rate", "negate": "true"}], "currency": _EUR}
    lines, _ = _lines(tmp_path, {"amount": amount, "unit_price": amount}, "1,a,1,10.50,0.25,0\n1,b,1,2,,0\n")
    assert [_amount(line.amount) for line in lines] == [Decimal("10.25"), 2]


def test_a_computed_number_is_a_number_of_any_field(tmp_path: Path) -> None:
    lines, notes = _lines(tmp_path, {"quantity": {"product": ["count", "rate"]}}, "1,a,3,1,12,0\n2,b,3,1,0.5,0\n")
    assert [line.quantity for line in lines] == [36]
    assert notes == [("REFUSED", 3, "lines[0].quantity", "NOT_WHOLE")]


def test_the_freight_of_an_order_is_spread_over_its_lines(tmp_path: Path) -> None:
    lines, notes = _lines(tmp_path, {"freight": _SHARED}, "1,a,1,1,,10\n1,b,1,1,,10\n1,c,1,1,,10\n2,d,1,5,,0.0005\n")
    assert [_amount(line.freight) for line in lines] == [*map(Decimal, ("3.34", "3.33", "3.33", "0.0005"))]
    assert notes == []


def test_lines_that_a_share_is_not_for_get_none(tmp_path: Path) -> None:
    shared = {**_SHARED, "when": {"sku": {"none_of": ["POST"]}}}
    lines, _ = _lines(tmp_path, {"freight": shared}, "1,a,1,1,,10\n1,POST,1,7,,10\n1,c,1,1,,10\n")
    assert [line.HasField("freight") and _amount(line.freight) for line in lines] == [5, False, 5]


def test_a_freight_that_rows_state_differently_is_refused(tmp_path: Path) -> None:
    lines, notes = _lines(tmp_path, {"freight": _SHARED}, "1,a,1,1,,10\n1,b,1,1,,11\n")
    assert (lines, notes) == ([], [("REFUSED", 3, "lines[0].freight", "LINES_DISAGREE")])


@pytest.mark.parametrize(("row", "reason"), [("1,a,x,1,,10\n", "NOT_A_NUMBER"), ("1,a,-1,1,,10\n", "NOT_COMPUTABLE")])
def test_what_cannot_be_computed_is_refused(tmp_path: Path, row: str, reason: str) -> None:
    lines, notes = _lines(tmp_path, {"quantity": {"constant": "1"}, "freight": _SHARED}, row)
    assert (lines, notes) == ([], [("REFUSED", 2, "lines[0].freight", reason)])


@pytest.mark.parametrize(
    ("currency", "notes"), [("eur", []), ("EURO", [("REFUSED", 2, "lines[0].freight", "UNKNOWN_CURRENCY")])]
)
def test_a_share_is_never_dropped_for_its_currency(tmp_path: Path, currency: str, notes: list[object]) -> None:
    shared = {**_SHARED, "currency": {"constant": currency}}
    lines, said = _lines(tmp_path, {"freight": shared}, "1,a,1,1,,10\n")
    assert [_amount(line.freight) for line in lines] == ([] if notes else [10])
    assert said == notes


def test_the_freight_of_a_header_is_spread_over_its_details(tmp_path: Path) -> None:
    files = write(tmp_path, rows="id,freight\n1,5\n", lines="id,sku,count,price\n1,a,1,1\n1,b,2,1\n1,c,3,3\n")
    fields = {**LINE, "quantity": "count", "unit_price": _PRICE, "freight": _SHARED}
    found = orders_of({"lines": {"each": "details", "fields": fields}}, details={"file": "lines.csv", "key": "id"})
    messages, _, _ = checked(found, files)
    made = [_amount(line.freight) for message in messages for line in message.lines]  # type: ignore[attr-defined]  # an order
    assert made == [Decimal("0.42"), Decimal("0.83"), Decimal("3.75")]


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        ({"share": "freight", "currency": _EUR}, "a share is of a message for each row"),
        ({"share": "freight", "by": "count"}, "a share is of a message for each row"),
        ({"product": ["count"], "column": "price", "currency": _EUR}, "says column and product where one source"),
        ({"product": ["counted"], "currency": _EUR}, "there is no column counted"),
        ({"sum": ["count"], "currency": _EUR, "decimals": "5"}, "Invalid enum value '5'"),
    ],
)
def test_a_computed_value_that_cannot_be_is_a_mistake(tmp_path: Path, value: dict[str, object], mistake: str) -> None:
    with pytest.raises(MappingMistakes, match=mistake):
        _lines(tmp_path, {"freight": value}, "1,a,1,1,,10\n")


_DECIMALS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
_WEIGHTS = st.lists(st.decimals(min_value=0, max_value=10**6, places=3), min_size=1, max_size=40)


@given(st.sampled_from(["JPY", "EUR", "KWD", "CLF"]), st.integers(-(10**12), 10**12), _WEIGHTS)
def test_shares_add_up_to_the_amount_and_are_less_than_a_minor_unit_from_exact(
    currency: str, minor: int, weights: list[Decimal]
) -> None:
    amount = Decimal(minor).scaleb(-minor_digits(currency))
    found = shares(amount, weights, currency)
    assert sum(map(Fraction, found)) == Fraction(amount)
    whole = sum(map(Fraction, weights))
    step = Fraction(1, 10 ** minor_digits(currency))
    for weight, share in zip(weights, found, strict=True):
        exact = Fraction(amount) * (Fraction(weight) / whole if whole else Fraction(1, len(weights)))
        assert abs(Fraction(share) - exact) < step
        assert Fraction(share) % step == 0


@given(_DECIMALS, _WEIGHTS)
def test_shares_of_an_amount_finer_than_its_currency_add_up_as_well(amount: Decimal, weights: list[Decimal]) -> None:
    found = shares(amount, weights, "JPY")
    assert sum(map(Fraction, found)) == Fraction(amount)
    assert all(Money.of(one, "JPY").decimal == one for one in found)


@given(st.lists(_DECIMALS, max_size=6))
def test_products_and_sums_are_exact(parts: list[Decimal]) -> None:
    exact = Fraction(1)
    for part in parts:
        exact *= Fraction(part)
    assert Fraction(product(parts)) == exact
    assert Fraction(total(parts)) == sum(map(Fraction, parts))


def test_more_digits_than_can_be_computed_with_are_refused() -> None:
    with pytest.raises(Incomputable):
        product([Decimal("1" * 150), Decimal("1" * 150)])


@pytest.mark.parametrize(
    ("found", "currency", "decimals", "wanted"),
    [
        ("1.00005", "EUR", "", "1.0000"),
        ("1.00015", "EUR", "", "1.0002"),
        ("2.5", "JPY", "", "2"),
        ("0.125", "EUR", "2", "0.12"),
    ],
)
def test_an_amount_is_rounded_half_to_even(found: str, currency: str, decimals: str, wanted: str) -> None:
    assert str(rounded(Decimal(found), currency, decimals)) == wanted
