"""Numbers are read exactly as the mapping says they are written, or refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.pb.prm.orders import v1 as pb
from tests.unit.imports.samples import LINE, checked, orders_of, said, write


@settings(deadline=None, max_examples=50)
@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_an_amount_arrives_exactly(tmp_path_factory: pytest.TempPathFactory, amount: Decimal) -> None:
    messages, heard, _ = checked(
        orders_of({}), write(tmp_path_factory.mktemp("a"), rows=f"id,sku,price\n1,a,{amount:f}\n")
    )
    assert heard.notes == []
    (row,) = messages
    assert isinstance(row, pb.ImportOrderRow)
    price = row.lines[0].unit_price
    assert (Decimal(price.units) + Decimal(price.nanos).scaleb(-9), price.currency_code) == (amount, "EUR")


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("1.23456", "BAD_AMOUNT"),
        ("1000000000000000000", "BAD_AMOUNT"),
        ("1e2", "NOT_A_NUMBER"),
        ("١٢", "NOT_A_NUMBER"),
        (" 1", "NOT_A_NUMBER"),
        ("1,50", "NOT_A_NUMBER"),
        ("1_000", "NOT_A_NUMBER"),
        ("NaN", "NOT_A_NUMBER"),
        ("x", "NOT_A_NUMBER"),
    ],
)
def test_what_is_no_exact_amount_is_refused(tmp_path: Path, price: str, reason: str) -> None:
    messages, heard, _ = checked(orders_of({}), write(tmp_path, rows=f'id,sku,price\n1,a,"{price}"\n'))
    assert (messages, said(heard)) == ([], [("REFUSED", 2, "lines[0].unit_price", reason)])


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-30", "1970-01-01"])
def test_a_day_that_stands_for_none_is_no_day(tmp_path: Path, day: str) -> None:
    messages, heard, _ = checked(
        orders_of({"order_date": "day", "lines": {"each": "rows", "fields": LINE}}),
        write(tmp_path, rows=f"id,sku,day\n1,a,{day}\n"),
    )
    assert (messages, said(heard)) == ([], [("REFUSED", 2, "order_date", "OUT_OF_RANGE")])


def _read(folder: Path, text: str, **form: str) -> tuple[Decimal | None, list[tuple[str, int, str, str]]]:
    """The amount in one cell, written as `form` says, and the lines of the report."""
    value = {"column": "price", "currency": {"constant": "EUR"}, **form}
    found = orders_of({"lines": {"each": "rows", "fields": {**LINE, "unit_price": value}}})
    messages, heard, _ = checked(found, write(folder, rows=f'id,sku,price\n1,a,"{text}"\n'))
    prices = [line.unit_price for row in messages if isinstance(row, pb.ImportOrderRow) for line in row.lines]
    amounts = [Decimal(price.units) + Decimal(price.nanos).scaleb(-9) for price in prices]
    return (amounts[0] if amounts else None), said(heard)


_FORMS = (
    {"decimal_point": ",", "thousands": "."},
    {"decimal_point": ".", "thousands": ","},
    {"decimal_point": ",", "thousands": " "},
    {"decimal_point": ".", "thousands": "'"},
    {"decimal_point": ",", "thousands": ""},
    {"decimal_point": ".", "thousands": ""},
)


def _written(amount: Decimal, decimal_point: str, thousands: str) -> str:
    whole, _, fraction = f"{amount:,.2f}".partition(".")
    return whole.replace(",", thousands) + decimal_point + fraction


@settings(deadline=None, max_examples=200)
@given(st.decimals(min_value=0, max_value=10**10, places=2), st.sampled_from(_FORMS), st.sampled_from(_FORMS))
def test_an_amount_in_another_format_is_refused_or_means_the_same(
    tmp_path_factory: pytest.TempPathFactory, amount: Decimal, written: dict[str, str], read: dict[str, str]
) -> None:
    text = _written(amount, **written)
    found, notes = _read(tmp_path_factory.mktemp("a"), text, **read)
    refusal = [("REFUSED", 2, "lines[0].unit_price", "NOT_A_NUMBER")]
    assert (found, notes) in [(amount, []), (None, refusal)]
    assert found == amount or written != read


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,5600", "1234.56"),
        ("1234,5", "1234.5"),
        ("1.234.567", "1234567"),
        (",5", "0.5"),
        ("+1,", "1"),
        ("12.50", None),
        ("1.23,50", None),
        ("1.2345,50", None),
        ("1234.567", None),
        ("1,234.567", None),
        ("0.123", None),
        ("1..234", None),
        (".123", None),
        ("-", None),
        (",", None),
    ],
)
def test_thousands_stand_in_groups_of_three_before_the_decimal_point(
    tmp_path: Path, text: str, amount: str | None
) -> None:
    found, notes = _read(tmp_path, text, decimal_point=",", thousands=".")
    assert found == (amount and Decimal(amount))
    assert [reason for _, _, _, reason in notes] == ([] if amount else ["NOT_A_NUMBER"])


def test_a_number_is_negated_where_the_mapping_says_so(tmp_path: Path) -> None:
    assert _read(tmp_path, "-1.001,5", decimal_point=",", thousands=".", negate="true") == (Decimal("1001.5"), [])


def test_a_decimal_that_travels_as_text_is_read_as_the_mapping_says(tmp_path: Path) -> None:
    known = {"from_currency": "EUR", "to_currency": "USD", "date": "2020-02-28", "source": "ecb"}
    fields: dict[str, object] = {name: {"constant": text} for name, text in known.items()}
    fields["rate"] = {"column": "rate", "decimal_point": ","}
    found = orders_of({"fx_rate": {"fields": fields}})
    (row,), _, _ = checked(found, write(tmp_path, rows='id,sku,price,rate\n1,a,1,"0,000000012"\n'))
    assert isinstance(row, pb.ImportOrderRow)
    assert row.fx_rate.rate == "0.000000012"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12,5 €", "'12,5 €' is not a number with the decimal point ',' and thousands by '.': the character U+0020 at "
         "position 5 does not fit"),
        ("1,234.56", "'1,234.56' is not a number with the decimal point ',' and thousands by '.': the character U+002E "
         "at position 6 does not fit"),
        ("(5)", "'(5)' is not a number with the decimal point ',' and thousands by '.': the character U+0028 at "
         "position 1 does not fit"),
    ],
)  # fmt: skip
def test_of_what_is_no_number_the_character_and_the_column_are_named(tmp_path: Path, text: str, said: str) -> None:
    price = {"column": "price", "currency": {"constant": "EUR"}, "decimal_point": ",", "thousands": "."}
    found = orders_of({"lines": {"each": "rows", "fields": {**LINE, "unit_price": price}}})
    _, heard, _ = checked(found, write(tmp_path, rows=f'id,sku,price\n1,a,"{text}"\n'))
    assert [note.description for note in heard.notes] == [f"{said} (column price)"]


_GERMAN = "written as 31.12.2020 (%d.%m.%Y)"


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("2020-02-01", "%d.%m.%Y", _GERMAN + ": the character U+0032 at position 3 does not fit"),
        ("02/13/2020", "%d.%m.%Y", _GERMAN + ": the character U+002F at position 3 does not fit"),
        ("31.02.2020", "%d.%m.%Y", _GERMAN + ": there is no such day or time"),
        ("13.13.2020", "%d.%m.%Y", _GERMAN + ": there is no such day or time"),
        ("1.2.20", "%d.%m.%Y", _GERMAN + ": it ends too early"),
        ("1.2.", "%d.%m.%Y", _GERMAN + ": it ends too early"),
        (
            " 01.02.2020",
            "%d.%m.%Y",
            _GERMAN + ": the character U+0020 at position 1 does not fit",
        ),
        (
            "1.2.2020 8:00",
            "%d.%m.%Y",
            _GERMAN + ": the character U+0020 at position 9 does not fit",
        ),
        ("1 Mai 2020", "%d %B %Y", "written as 31 December 2020 (%d %B %Y)"),
        ("1/2/2020", "", "written as 2020-12-31 (ISO 8601): the character U+002F at position 2 does not fit"),
    ],
)
def test_of_what_is_no_date_the_form_the_character_and_the_column_are_named(
    tmp_path: Path, text: str, form: str, said: str
) -> None:
    day = {"column": "day", **({"format": form} if form else {})}
    found = orders_of({"order_date": day})
    _, heard, _ = checked(found, write(tmp_path, rows=f"id,sku,price,day\n1,a,1,{text}\n"))
    assert [note.description for note in heard.notes] == [f"{text!r} is not a date {said} (column day)"]
