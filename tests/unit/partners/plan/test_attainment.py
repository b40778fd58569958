"""Attainment and pace against an oracle that goes day by day, in exact fractions."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from services.partners.facts.domain.sums import Fact
from services.partners.plan.domain.attainment import PlanAttainmentState, PlanPaceBasis, attained
from services.partners.plan.domain.rates import PlanRateBasis, PlanRates
from services.partners.plan.domain.targets import MONTHS, PlanPeriod, PlanTarget
from tests.unit.partners.plan.built import ORDERS, PARTNER, a_fact, a_target, conversion, tables

State = PlanAttainmentState
DAY = timedelta(days=1)
# What one unit of each currency is worth in euros, in each month: a terminating decimal, so that the mean is exact.
WORTH = {"EUR": Fraction(1), "USD": Fraction(4, 5), "GBP": Fraction(5, 4)}
_TABLES = tuple(
    table
    for number in range(24)
    for table in tables(date(2025 + number // 12, number % 12 + 1, 1), USD="1.25", GBP="0.8")
)


@st.composite
def _targets(draw: st.DrawFn) -> PlanTarget:
    period = draw(st.sampled_from(PlanPeriod))
    place = draw(st.integers(0, 12 // MONTHS[period] - 1))
    first = date(2026, 1 + place * MONTHS[period], 1)
    return a_target(draw(st.integers(1, 1_000)), period=period, first_day=first, product_line=draw(_LINES))


_LINES = st.sampled_from(("", "BIKES"))
_MONTHS = st.builds(date, st.sampled_from((2025, 2026)), st.integers(1, 12), st.just(1))
_FACTS = st.lists(
    st.builds(
        lambda month, value, currency, line: a_fact(month, value, currency=currency, line=line),
        _MONTHS,
        st.one_of(st.integers(1, 5_000_000), st.integers(-100_000, 5_000_000)),
        st.sampled_from(tuple(WORTH)),
        _LINES,
    ),
    max_size=40,
)


def _by_month(target: PlanTarget, facts: list[Fact]) -> dict[date, Fraction]:
    """What counts, in euros, by month."""
    found: dict[date, Fraction] = {}
    for fact in facts:
        assert fact.month is not None
        if target.product_line and fact.product_line != target.product_line:
            continue
        found[fact.month] = found.get(fact.month, Fraction()) + Fraction(fact.own.value, 10_000) * WORTH[fact.currency]
    return found


def _days(target: PlanTarget) -> list[date]:
    """Every day of the period."""
    found: list[date] = []
    day = target.first_day
    while len({(one.year, one.month) for one in [*found, day]}) <= MONTHS[target.period]:
        found.append(day)
        day += DAY
    return found


def _expected(target: PlanTarget, worth: dict[date, Fraction], as_of: date) -> tuple[Fraction, PlanPaceBasis]:
    """The share that each day before `as_of` has of the target, added up."""
    days = _days(target)
    last_year = {
        month: worth.get(month.replace(year=2025), Fraction()) for month in {day.replace(day=1) for day in days}
    }
    good = sum(value > 0 for value in last_year.values())
    season = len(last_year) > 1 and 3 * good >= 2 * len(last_year) and min(last_year.values()) >= 0
    share = Fraction()
    for day in days:
        if day < as_of and season:
            share += last_year[day.replace(day=1)] / monthrange(day.year, day.month)[1] / sum(last_year.values())
        elif day < as_of:
            share += Fraction(1, len(days))
    return share, PlanPaceBasis.SEASON if season else PlanPaceBasis.LINEAR


def _rounded(value: Fraction, places: int) -> Decimal:
    """Half to even, by the decimal module."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


@given(_targets(), _FACTS, st.dates(date(2025, 12, 1), date(2027, 2, 1)))
def test_attainment_and_pace_are_those_of_exact_fractions(target: PlanTarget, facts: list[Fact], as_of: date) -> None:
    found = attained(target, PARTNER, facts, as_of=as_of, conversion=conversion(_TABLES))
    if as_of < target.first_day:
        assert (found.state, found.figure, found.pace) == (State.INSUFFICIENT_DATA_NOT_REACHED, None, None)
        return
    worth = _by_month(target, facts)
    goal = target.amount.decimal if target.amount else Decimal()
    figure = sum((worth.get(month, Fraction()) for month in {day.replace(day=1) for day in _days(target)}), Fraction())
    share, basis = _expected(target, worth, as_of)
    assert found.state is State.MEASURED
    assert found.figure
    assert found.pace
    assert found.figure.amount == Money.of(_rounded(figure, 4), "EUR")
    assert Decimal(found.attained_percent) == _rounded(figure / Fraction(goal) * 100, 2)
    assert found.pace.basis is basis
    assert found.pace.expected.amount == Money.of(_rounded(Fraction(goal) * share, 4), "EUR")
    assert found.pace.difference.amount == Money.of(_rounded(figure - Fraction(goal) * share, 4), "EUR")
    assert Decimal(found.pace.expected_percent) == _rounded(share * 100, 2)
    parts = sum((_in_euros(part.value.amount) for part in found.parts if part.value.amount), Fraction())
    assert parts == figure


def _in_euros(amount: Money) -> Fraction:
    return Fraction(amount.amount, 10_000) * WORTH[amount.currency]


def test_a_missing_rate_is_said_and_never_zero() -> None:
    facts = [a_fact(date(2026, 1, 1), 10_000), a_fact(date(2026, 2, 1), 10_000, currency="USD")]
    known = conversion(tables(date(2026, 1, 1), USD="1.25"))
    found = attained(a_target(), PARTNER, facts, as_of=date(2026, 3, 1), conversion=known)
    assert (found.state, found.figure, found.attained_percent) == (State.INSUFFICIENT_DATA_RATE_MISSING, None, "")
    assert [(part.month.month, part.rate) for part in found.parts] == [(1, None), (2, None)]


def test_a_plan_may_convert_with_the_rate_of_its_first_day() -> None:
    facts = [a_fact(date(2026, 3, 1), 125_000, currency="USD")]
    rates = PlanRates(source="ecb", basis=PlanRateBasis.FIRST_DAY)
    known = (*tables(date(2026, 1, 1), USD="1.25"), *tables(date(2026, 3, 1), USD="2"))
    found = attained(a_target(), PARTNER, facts, as_of=date(2026, 4, 1), conversion=conversion(known, rates=rates))
    assert found.figure
    assert found.figure.amount == Money.of(10, "EUR")
    [part] = found.parts
    assert part.rate
    assert (part.rate.day, part.rate.day_count, part.rate.rate) == (date(2026, 1, 1), 0, "0.8")


def test_counts_are_shown_as_decimals_and_name_their_evidence() -> None:
    target = PlanTarget(
        period=PlanPeriod.MONTH, first_day=date(2026, 2, 1), metric=ORDERS, product_line="BIKES", count=3
    )
    facts = [a_fact(date(2026, 2, 1), 2, currency="", line="BIKES", metric=ORDERS)]
    found = attained(target, PARTNER, facts, as_of=date(2026, 2, 15), conversion=conversion())
    assert found.figure
    assert found.pace
    assert found.figure.count == "2"
    assert (found.attained_percent, found.pace.expected.count, found.pace.difference.count) == ("66.67", "1.5", "0.5")
    assert (found.evidence.day_from, found.evidence.day_before) == (date(2026, 2, 1), date(2026, 3, 1))
    assert (found.evidence.metric, found.evidence.product_line) == (ORDERS, "BIKES")
