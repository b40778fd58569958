"""Rates between currencies are exact, named by their legs, and refused where none is known."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.exchange import DAYS_BACK, Quote, RateTable, RateUnknown, average_rate, exchange_rate, table_id

DAY = date(2026, 3, 6)  # a Friday
CODES = ("EUR", "USD", "JPY", "GBP")


def a_table(on: date = DAY, *, base: str = "EUR", revision: int = 1, **rates: str) -> RateTable:
    """A table of the source `ecb`."""
    quotes = tuple(Quote(currency=code, rate=rate) for code, rate in sorted(rates.items()))
    id_ = table_id("ecb", base, on)
    return RateTable(id=id_, source="ecb", base_currency=base, date=on, quotes=quotes, revision=revision)


def test_a_published_rate_is_taken_as_it_is_and_inverted_exactly() -> None:
    tables = [a_table(USD="1.25", JPY="160")]
    there = exchange_rate(tables, "EUR", "USD", on=DAY, source="ecb")
    assert (there.rate, there.numerator, there.denominator) == ("1.25", "1.25", "1")
    assert [(leg.currency, leg.rate, leg.date, leg.inverted) for leg in there.legs] == [("USD", "1.25", DAY, False)]
    back = exchange_rate(tables, "USD", "EUR", on=DAY, source="ecb")
    assert (back.rate, back.numerator, back.denominator) == ("0.8", "1", "1.25")


def test_a_cross_rate_names_both_rates_of_one_day() -> None:
    tables = [a_table(USD="1.25", JPY="160"), a_table(DAY - timedelta(days=1), USD="2", JPY="3", GBP="0.5")]
    found = exchange_rate(tables, "USD", "JPY", on=DAY, source="ecb")
    assert (found.rate, [leg.currency for leg in found.legs]) == ("128", ["USD", "JPY"])
    older = exchange_rate(tables, "USD", "GBP", on=DAY, source="ecb")
    assert (older.rate, {leg.date for leg in older.legs}) == ("0.25", {DAY - timedelta(days=1)})


def test_a_weekend_takes_the_friday_and_ten_days_are_the_most() -> None:
    tables = [a_table(USD="1.25", revision=3)]
    for days in (0, 1, 2, DAYS_BACK):
        found = exchange_rate(tables, "EUR", "USD", on=DAY + timedelta(days=days), source="ecb")
        assert (found.legs[0].date, found.legs[0].revision) == (DAY, 3)
    for on in (DAY + timedelta(days=DAYS_BACK + 1), DAY - timedelta(days=1)):
        with pytest.raises(RateUnknown):
            exchange_rate(tables, "EUR", "USD", on=on, source="ecb")


def test_no_rate_is_guessed_from_another_source() -> None:
    with pytest.raises(RateUnknown):
        exchange_rate([a_table(USD="1.25")], "EUR", "USD", on=DAY, source="bank")
    with pytest.raises(RateUnknown):
        exchange_rate([a_table(USD="1.25")], "EUR", "GBP", on=DAY, source="ecb")


def test_a_currency_is_worth_itself_whatever_is_known() -> None:
    found = exchange_rate([], "XOF", "XOF", on=DAY, source="ecb")
    assert (found.rate, found.legs) == ("1", ())


def test_a_month_averages_the_days_that_have_a_rate() -> None:
    tables = [a_table(date(2026, 3, day), USD=rate) for day, rate in ((2, "1.1"), (3, "1.2"), (9, "1.6"))]
    tables += [a_table(date(2026, 2, 27), USD="9"), a_table(date(2026, 3, 10), GBP="1")]
    found = average_rate(tables, "EUR", "USD", month=date(2026, 3, 1), source="ecb")
    assert (found.rate, found.day_count) == ("1.3", 3)
    with pytest.raises(RateUnknown):
        average_rate(tables, "EUR", "USD", month=date(2026, 4, 1), source="ecb")


_RATES = st.decimals(min_value="0.0001", max_value="99999", places=4).map(str)
_TABLES = st.lists(
    st.tuples(st.integers(0, 20), st.dictionaries(st.sampled_from(CODES[1:]), _RATES, min_size=1)), max_size=6
).map(lambda found: [a_table(DAY + timedelta(days=days), **rates) for days, rates in dict(found).items()])


@given(_TABLES, st.sampled_from(CODES), st.sampled_from(CODES), st.integers(-2, 35))
def test_every_rate_is_that_of_the_youngest_day_that_has_it(
    tables: list[RateTable], one: str, other: str, days: int
) -> None:
    on = DAY + timedelta(days=days)
    wanted = None
    for back in range(DAYS_BACK + 1):
        for table in tables:
            known = {"EUR": Fraction(1)} | {quote.currency: Fraction(quote.rate) for quote in table.quotes}
            if table.date == on - timedelta(days=back) and one in known and other in known and wanted is None:
                wanted = known[other] / known[one]
    if one == other:
        wanted = Fraction(1)
    if wanted is None:
        with pytest.raises(RateUnknown):
            exchange_rate(tables, one, other, on=on, source="ecb")
        return
    found = exchange_rate(tables, one, other, on=on, source="ecb")
    assert Fraction(found.numerator) / Fraction(found.denominator) == wanted
    assert abs(Fraction(found.rate) - wanted) <= wanted / 10**15
