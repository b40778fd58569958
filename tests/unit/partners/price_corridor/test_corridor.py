"""Which bounds are lawful where and since when, each switch both ways; what a price misses; what a corridor may say."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.country import LawfulBound, known_countries
from libs.facts import LAWFUL_TRADE
from libs.money import Money
from services.partners.price_corridor.domain.check import bound_missed, judged_as
from services.partners.price_corridor.domain.corridor import (
    CorridorInForce,
    PriceBounds,
    bounds_violations,
    change,
    in_force,
    open_corridor,
)
from services.partners.price_corridor.domain.law import TABLE, LawRow, PriceBound, read_table, standing_of
from tests.builders import NOW, an_id

TODAY = NOW.date()
DAY = timedelta(days=1)
IN_EU = date(2022, 6, 1)
ALL_ON = tuple(LawfulBound(bound=one, since=date(1990, 1, 1), law="x") for one in ("FLOOR", "CEILING", "RECOMMENDED"))
FLOOR, CEILING, RECOMMENDED = PriceBound


def eur(units: int) -> Money:
    """Whole euros."""
    return Money(units * 10_000, "EUR")


def bounds(**fields: Any) -> PriceBounds:
    """From 80 to 120 euros, 100 recommended, from today on."""
    content = {
        "country": "DE",
        "sku": "R-1",
        "floor": eur(80),
        "ceiling": eur(120),
        "recommended": eur(100),
        "first_day": TODAY,
        "rule_code": "PRICE",
        **fields,
    }
    return PriceBounds(**content)


@pytest.mark.parametrize(
    ("country", "bound", "on", "lawful"),
    [
        ("DE", FLOOR, TODAY, False),
        ("DE", CEILING, TODAY, True),
        ("DE", CEILING, IN_EU, True),
        ("DE", CEILING, IN_EU - DAY, False),
        ("FR", RECOMMENDED, TODAY, True),
        ("CN", FLOOR, TODAY, False),
        ("CN", CEILING, date(2022, 8, 1), True),
        ("US", FLOOR, TODAY, False),
        ("US", CEILING, TODAY, True),
        ("NG", CEILING, TODAY, False),
        ("NG", RECOMMENDED, TODAY, True),
        ("SA", RECOMMENDED, TODAY, False),  # no row: unlawful by default
    ],
)
def test_the_table_says_what_is_lawful_since_when(country: str, bound: PriceBound, on: date, lawful: bool) -> None:
    assert standing_of(bound, country, on=on, facts=ALL_ON).lawful is lawful
    assert standing_of(bound, country, on=on, facts=()).lawful is False  # the cell's switch is off


def test_a_floor_is_unlawful_in_every_member_state_with_its_law() -> None:
    for country in LAWFUL_TRADE["EEA"] - {"IS", "LI", "NO"}:
        standing = standing_of(FLOOR, country, on=TODAY, facts=ALL_ON)
        assert (standing.lawful, standing.law) == (False, "Regulation (EU) 2022/720, Art. 4(a)")
        assert standing_of(CEILING, country, on=TODAY, facts=ALL_ON).lawful


def test_the_table_names_countries_laws_and_sources() -> None:
    assert all(one.countries <= known_countries() and one.law and one.source for one in TABLE)
    keys = [(country, one.bound, one.since) for one in TABLE for country in one.countries]
    assert len(keys) == len(set(keys))


@given(
    st.lists(
        st.tuples(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.booleans()), max_size=5, unique_by=lambda one: one[0]
    ),
    st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2030, 1, 1))),
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
)
def test_the_newest_row_decides_and_the_switch_of_the_cell_too(
    rows: list[tuple[date, bool]], switched: date | None, on: date
) -> None:
    table = [
        LawRow(countries=frozenset({"DE"}), bound=FLOOR, since=since, lawful=lawful, law="x", source="y")
        for since, lawful in rows
    ]
    facts = [LawfulBound(bound="FLOOR", since=switched, law="x")] if switched else []
    by_day = dict(sorted(rows))
    known = [lawful for since, lawful in by_day.items() if since <= on]
    expected = bool(known) and known[-1] and switched is not None and switched <= on
    assert standing_of(FLOOR, "DE", on=on, facts=facts, table=table).lawful is expected
    assert standing_of(FLOOR, "AT", on=on, facts=facts, table=table).lawful is False
    assert standing_of(CEILING, "DE", on=on, facts=facts, table=table).lawful is False


def test_a_table_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="MIDDLE"):
        read_table("countries,bound,since,lawful,law,source\nDE,MIDDLE,2022-06-01,yes,x,y")


PRICES: dict[int, PriceBound | None] = {
    79: FLOOR,
    80: RECOMMENDED,
    99: RECOMMENDED,
    100: None,
    120: RECOMMENDED,
    121: CEILING,
}


@pytest.mark.parametrize(("price", "missed"), PRICES.items())
def test_a_price_misses_a_bound_or_the_recommendation(price: int, missed: PriceBound | None) -> None:
    assert bound_missed(bounds(), eur(price)) is missed
    only_bounds = bounds(recommended=None)
    assert bound_missed(only_bounds, eur(price)) is (None if missed is RECOMMENDED else missed)


@pytest.mark.parametrize("present", [*product([True, False], repeat=3)])
def test_a_bound_that_is_not_set_is_not_missed(present: tuple[bool, bool, bool]) -> None:
    fields = dict(zip(("floor", "ceiling", "recommended"), present, strict=True))
    some = bounds(**{field: None for field, is_set in fields.items() if not is_set})
    assert (bound_missed(some, eur(1)) is FLOOR) is fields["floor"]
    assert (bound_missed(some, eur(1000)) is CEILING) is fields["ceiling"]


def test_a_ceiling_at_the_floor_is_a_fixed_price_and_judged_as_a_floor() -> None:
    assert judged_as(bounds(), CEILING) is CEILING
    assert judged_as(bounds(floor=eur(120)), CEILING) is FLOOR
    assert judged_as(bounds(floor=None), CEILING) is CEILING


def reasons(found: PriceBounds, *, is_new: bool = True) -> list[str]:
    """The reasons of all violations."""
    return [one.reason for one in bounds_violations(found, is_new=is_new, today=TODAY)]


def test_bounds_name_every_fault() -> None:
    assert reasons(bounds()) == []
    assert reasons(bounds(sku="")) == ["REQUIRED"]
    assert reasons(bounds(product_line="ROUTERS")) == ["NOT_ALLOWED"]
    assert reasons(bounds(floor=None, ceiling=None, recommended=None)) == ["REQUIRED"]
    assert reasons(bounds(floor=eur(101))) == ["OUT_OF_ORDER"]
    assert reasons(bounds(recommended=eur(121))) == ["OUT_OF_ORDER"]
    assert reasons(bounds(ceiling=Money(1, "USD"))) == ["CURRENCY_MISMATCH"]
    assert reasons(bounds(floor=eur(0))) == ["BAD_AMOUNT"]
    assert reasons(bounds(first_day=TODAY - DAY, last_day=TODAY - 2 * DAY)) == ["IN_THE_PAST", "DATES_OUT_OF_ORDER"]
    assert reasons(bounds(first_day=TODAY - DAY), is_new=False) == []


def test_a_corridor_that_holds_only_gets_another_end() -> None:
    held = open_corridor(an_id("pcr"), bounds(), now=NOW)
    assert change(held, bounds(), today=TODAY, now=NOW) is held
    assert change(held, bounds(last_day=TODAY), today=TODAY, now=NOW).bounds.last_day == TODAY
    for wrong in (bounds(ceiling=eur(121)), bounds(last_day=TODAY - DAY)):
        with pytest.raises(CorridorInForce):
            change(held, wrong, today=TODAY, now=NOW)
    assert change(held, bounds(ceiling=eur(121)), today=TODAY - DAY, now=NOW).bounds.ceiling == eur(121)


def test_the_corridor_with_the_latest_first_day_holds_until_its_last_one() -> None:
    first = open_corridor(an_id("pcr"), bounds(last_day=TODAY + 30 * DAY), now=NOW)
    second = open_corridor(
        an_id("pcr", 2), replace(bounds(), first_day=TODAY + 10 * DAY, last_day=TODAY + 20 * DAY), now=NOW
    )
    holds = {-1: None, 0: first, 9: first, 10: second, 20: second, 21: None, 31: None}
    for days, one in holds.items():
        assert in_force([first, second], TODAY + days * DAY) is one
