"""Rates are put, corrected and found; what was decided by an earlier revision can still be shown."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput, NotFound
from libs.exchange import Quote, RateTable, RateUnknown
from services.orders.rates import usecases
from tests.builders import NOW
from tests.component.orders.harness import Harness

TODAY = NOW.date()
FRIDAY = TODAY - timedelta(days=3)


async def put(harness: Harness, on: date = FRIDAY, *, base: str = "EUR", **rates: str) -> RateTable:
    """Rates of the ECB."""
    quotes = tuple(Quote(currency=code, rate=rate) for code, rate in rates.items())
    fields: dict[str, Any] = {"source": "ecb", "base_currency": base, "date": on, "quotes": quotes}
    return await harness.run(usecases.put_rates, usecases.PutRates, **fields)


async def test_a_correction_makes_a_revision_and_keeps_the_one_before(harness: Harness) -> None:
    first = await put(harness, USD="1.25", JPY="160")
    assert [one.currency for one in first.quotes] == ["JPY", "USD"]
    same = await put(harness, USD="1.250")
    assert (same.revision, same.version) == (1, 1)
    second = await put(harness, USD="1.2")
    assert (second.revision, [one.rate for one in second.quotes]) == (2, ["160", "1.2"])
    assert [(name, version) for name, version, _ in harness.events()] == [("RatesPut", 1), ("RatesPut", 2)]
    asked = {"source": "ecb", "base_currency": "EUR", "date": FRIDAY}
    for revision, rate in ((1, "1.25"), (2, "1.2"), (0, "1.2")):
        shown = await harness.look(usecases.get_rate_table, usecases.GetRateTable, revision=revision, **asked)
        assert [one.rate for one in shown.quotes if one.currency == "USD"] == [rate]
    with pytest.raises(NotFound):
        await harness.look(usecases.get_rate_table, usecases.GetRateTable, revision=3, **asked)


async def test_a_monday_without_a_rate_takes_the_friday(harness: Harness) -> None:
    await put(harness, USD="1.25", JPY="160")
    asked = {"source": "ecb", "from_currency": "USD", "to_currency": "JPY"}
    found = await harness.look(usecases.get_rate, usecases.GetRate, date=TODAY, **asked)
    assert (found.rate, {leg.date for leg in found.legs}) == ("128", {FRIDAY})
    with pytest.raises(RateUnknown):
        await harness.look(usecases.get_rate, usecases.GetRate, date=FRIDAY + timedelta(days=11), **asked)
    mean = await harness.look(usecases.get_average_rate, usecases.GetAverageRate, month=FRIDAY, **asked)
    assert (mean.rate, mean.day_count, mean.month) == ("128", 1, FRIDAY.replace(day=1))


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_no_rate_is_known_at_the_ends_of_the_calendar(harness: Harness, day: date) -> None:
    asked = {"source": "ECB", "from_currency": "EUR", "to_currency": "USD"}
    with pytest.raises(RateUnknown):
        await harness.look(usecases.get_rate, usecases.GetRate, date=day, **asked)
    with pytest.raises(RateUnknown):
        await harness.look(usecases.get_average_rate, usecases.GetAverageRate, month=day, **asked)


async def test_wrong_rates_are_refused_with_every_fault(harness: Harness) -> None:
    quotes = (
        Quote(currency="EUR", rate="1"),
        Quote(currency="USD", rate="0"),
        Quote(currency="QQQ", rate="1"),
        Quote(currency="USD", rate="1"),
    )
    with pytest.raises(InvalidInput) as refused:
        await harness.run(
            usecases.put_rates,
            usecases.PutRates,
            source="ecb",
            base_currency="EUR",
            date=TODAY + timedelta(days=3),
            quotes=quotes,
        )
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("date", "IN_THE_FUTURE"),
        ("quotes[0].currency", "SAME_CURRENCY"),
        ("quotes[1].rate", "BAD_RATE"),
        ("quotes[2].currency", "UNKNOWN_CURRENCY"),
        ("quotes[3].currency", "SAME_CURRENCY"),
    ]
    page = await harness.look(usecases.list_rates, usecases.ListRates, source="ecb")
    assert page.rows == []


async def test_tables_are_listed_by_day(harness: Harness) -> None:
    for days in (2, 0, 1):
        await put(harness, FRIDAY - timedelta(days=days), USD="1.25")
    await put(harness, base="USD", EUR="0.8")
    asked = {"source": "ecb", "base_currency": "EUR", "include_total_size": True}
    page = await harness.look(usecases.list_rates, usecases.ListRates, order_by="date desc", **asked)
    assert [loaded.value.date for loaded in page.rows] == [FRIDAY - timedelta(days=days) for days in range(3)]
    assert page.total == 3
    bounded = await harness.look(usecases.list_rates, usecases.ListRates, date_from=FRIDAY, **asked)
    assert len(bounded.rows) == 1
