"""The return on an investment: the example of the trade press, and random statements against exact decimals."""

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.exchange import ExchangeRate
from libs.money import Money
from services.orders.roi.domain.statement import (
    BenefitFacts,
    Measured,
    Return,
    RoiStatement,
    computed,
    currencies_of,
    return_violations,
)
from services.orders.roi.domain.terms import (
    BenefitKind,
    CostKind,
    Period,
    RoiCost,
    RoiTerms,
    StatedFigure,
    terms_violations,
)
from tests.builders import NOW, an_id

YEAR_BEFORE = Period(first_day=date(2025, 1, 1), last_day=date(2025, 12, 31))
YEAR = Period(first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
SALES, SERVICE = BenefitKind.SALES, BenefitKind.SERVICE_COST


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def cost(amount: Money, *, kind: CostKind = CostKind.PURCHASE, period: Period = YEAR) -> RoiCost:
    return RoiCost(kind=kind, amount=amount, period=period, source="contract 17")


def terms(*costs: RoiCost, **fields: Any) -> RoiTerms:
    content = {
        "code": "PRM-2026",
        "currency": "EUR",
        "period": YEAR,
        "baseline": YEAR_BEFORE,
        "margin_basis_points": 10_000,
        "margin_source": "controlling",
        "costs": costs or (cost(eur("100")),),
    }
    return RoiTerms(**{**content, **fields})


def facts(kind: BenefitKind, baseline: Money, actual: Money) -> BenefitFacts:
    return BenefitFacts(kind=kind, baseline=Measured(amounts=(baseline,)), actual=Measured(amounts=(actual,)))


def statement(stated: RoiTerms, *known: BenefitFacts, rates: tuple[ExchangeRate, ...] = ()) -> RoiStatement:
    return RoiStatement(id=an_id("roi"), terms=stated, facts=known, rates=rates, create_time=NOW, update_time=NOW)


PRESS = (
    facts(SALES, eur("1000"), eur("1200")),
    facts(SERVICE, eur("150"), eur("100")),
    facts(BenefitKind.RECOVERED_OVERDUE, eur("0"), eur("30")),
    facts(BenefitKind.PREVENTED_DOUBLE_CLAIMS, eur("0"), eur("20")),
)


def test_the_example_of_the_trade_press_is_two_hundred_percent() -> None:
    costs = [cost(eur(amount), kind=kind) for amount, kind in zip(("40", "30", "20", "10"), CostKind, strict=True)]
    found = computed(statement(terms(*costs), *PRESS))
    assert [one.benefit for one in found.benefits] == [eur("200"), eur("50"), eur("30"), eur("20")]
    assert (found.cost, found.benefit, found.net) == (eur("100"), eur("300"), eur("200"))
    assert found.roi_basis_points == 20_000


def test_a_reader_switches_each_benefit_off() -> None:
    found = computed(statement(terms(), *PRESS), off={SALES, SERVICE})
    assert [one.counted for one in found.benefits] == [False, False, True, True]
    assert (found.benefit, found.roi_basis_points) == (eur("50"), -5_000)


def test_a_baseline_of_another_length_is_taken_by_days_and_a_loss_counts() -> None:
    quarter = Period(first_day=date(2025, 10, 1), last_day=date(2025, 12, 31))
    [line] = computed(statement(terms(baseline=quarter), facts(SALES, eur("92"), eur("300")))).benefits
    assert line.benefit == eur("-65")
    assert line.formula == "(actual - baseline * 365 / 92) * 10000 / 10000"


def test_a_cost_counts_for_its_days_in_the_period() -> None:
    period = Period(first_day=date(2025, 12, 31), last_day=date(2026, 1, 3))
    [line] = computed(statement(terms(cost(eur("100"), period=period)))).costs
    assert (line.counted, line.formula) == (eur("75"), "amount * 3 / 4")


amounts = st.integers(-(10**12), 10**12)
pieces = st.sampled_from(["EUR", "USD", "JPY"])
days = st.integers(1, 800)
rate_texts = st.decimals("0.0001", "20000", places=4).map(str)


@st.composite
def statements(draw: st.DrawFn) -> RoiStatement:
    """Any statement in euros, with amounts in three currencies."""
    last = date(2026, 6, 30)
    period = Period(first_day=last - timedelta(days=draw(days)), last_day=last)
    before = period.first_day - timedelta(days=draw(days))
    baseline = Period(first_day=before - timedelta(days=draw(days)), last_day=before)
    money = st.builds(Money, amounts, pieces)

    def costs() -> RoiCost:
        first = period.first_day + timedelta(days=draw(st.integers(-300, 300)))
        held = Period(first_day=first, last_day=first + timedelta(days=draw(days)))
        return cost(Money(draw(st.integers(0, 10**12)), draw(pieces)), period=held)

    stated = terms(
        cost(Money(draw(st.integers(10_000, 10**10)), "EUR"), period=period),
        *(costs() for _ in range(draw(st.integers(0, 3)))),
        period=period,
        baseline=baseline,
        margin_basis_points=draw(st.integers(1, 10_000)),
    )
    known = [facts(kind, draw(money), draw(money)) for kind in draw(st.sets(st.sampled_from(BenefitKind)))]
    rates = tuple(
        ExchangeRate(
            from_currency=one,
            to_currency="EUR",
            date=last,
            rate="1",
            numerator=draw(rate_texts),
            denominator=draw(rate_texts),
        )
        for one in ("USD", "JPY")
    )
    return statement(stated, *known, rates=rates)


class Oracle:
    """The same by decimals of 120 digits, each line with one division at its end."""

    def __init__(self, stated: RoiStatement, off: set[BenefitKind]) -> None:
        self.terms, self.off = stated.terms, off
        self.rates = {one.from_currency: (Decimal(one.numerator), Decimal(one.denominator)) for one in stated.rates}
        self.rates["EUR"] = (Decimal(1), Decimal(1))
        self.cost = sum(self._cost(one) for one in stated.terms.costs)
        self.benefit = sum(self._benefit(one) for one in stated.facts if one.kind not in off)
        self.roi = self._whole(Decimal(self.benefit - self.cost) * 10_000 / self.cost)

    def _cost(self, one: RoiCost) -> int:
        window = [
            one.period.first_day + timedelta(days=n)
            for n in range((one.period.last_day - one.period.first_day).days + 1)
        ]
        within = sum(self.terms.period.first_day <= day <= self.terms.period.last_day for day in window)
        up, down = self.rates[one.amount.currency]
        return self._whole(one.amount.amount * up * within / (down * len(window)))

    def _benefit(self, one: BenefitFacts) -> int:
        (before,), (after,) = one.baseline.amounts, one.actual.amounts
        up, down = self.rates[before.currency]
        more, less = self.rates[after.currency]
        mine = (self.terms.period.last_day - self.terms.period.first_day).days + 1
        theirs = (self.terms.baseline.last_day - self.terms.baseline.first_day).days + 1
        gain = after.amount * more * down * theirs - before.amount * up * mine * less
        if one.kind is SERVICE:
            gain = -gain
        share = self.terms.margin_basis_points if one.kind is SALES else 10_000
        return self._whole(gain * share / (less * down * theirs * 10_000))

    @staticmethod
    def _whole(value: Decimal) -> int:
        return int(value.quantize(Decimal(1), ROUND_HALF_EVEN))


@given(statements(), st.sets(st.sampled_from(BenefitKind)))
def test_any_return_is_that_of_exact_decimals(stated: RoiStatement, off: set[BenefitKind]) -> None:
    with localcontext(Context(prec=120)):
        oracle = Oracle(stated, off)
    found: Return = computed(stated, off)
    assert (found.cost.amount, found.benefit.amount) == (oracle.cost, oracle.benefit)
    assert found.roi_basis_points == oracle.roi
    assert sum(one.counted.amount for one in found.costs) == found.cost.amount
    assert found.net.amount == found.benefit.amount - found.cost.amount


@pytest.mark.parametrize(
    ("stated", "known", "fields"),
    [
        (terms(), PRESS, []),
        (terms(cost(Money(1, "EUR"), period=replace(YEAR, last_day=date(2040, 1, 1)))), PRESS, ["terms.costs"]),
        (terms(), (facts(SALES, eur("0"), eur("100000000000000")),), ["terms"]),
        (terms(cost(Money(1, "EUR"))), (facts(SALES, eur("0"), eur("1000000000")),), ["terms"]),
    ],
)
def test_a_return_beyond_all_bounds_is_refused(
    stated: RoiTerms, known: tuple[BenefitFacts, ...], fields: list[str]
) -> None:
    assert [one.field for one in return_violations(statement(stated, *known))] == fields


def test_every_currency_but_that_of_the_statement_needs_a_rate() -> None:
    known = facts(SALES, Money.of(1, "USD"), Money.of(1, "JPY"))
    assert currencies_of(terms(cost(Money.of(1, "CNY"))), [known]) == {"USD", "JPY", "CNY"}


def test_sound_terms_have_no_violations() -> None:
    figures = (
        StatedFigure(kind=SERVICE, baseline=eur("1"), actual=eur("2"), source="ledger"),
        StatedFigure(kind=SALES, baseline=eur("1"), source="the system before"),
    )
    assert not [*terms_violations(terms(figures=figures))]


BACKWARDS = Period(first_day=date(2026, 2, 1), last_day=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"currency": "XXX"}, ["currency"]),
        ({"baseline": YEAR}, ["baseline.last_day"]),
        ({"period": BACKWARDS}, ["period.last_day", "costs"]),
        ({"margin_basis_points": 0}, ["margin_basis_points"]),
        ({"margin_basis_points": 10_001}, ["margin_basis_points"]),
        ({"costs": ()}, ["costs"]),
        ({"costs": (cost(eur("100"), period=YEAR_BEFORE),)}, ["costs"]),
        (
            {"costs": (cost(eur("-1")), cost(eur("1"), period=BACKWARDS))},
            ["costs[0].amount", "costs[1].period.last_day", "costs"],
        ),
        ({"figures": (StatedFigure(kind=SERVICE, actual=eur("1"), source="x"),)}, ["figures[0].baseline"]),
        ({"figures": (StatedFigure(kind=SALES, source="x"),)}, ["figures[0]"]),
        ({"figures": (StatedFigure(kind=SALES, actual=eur("1"), source="x"),) * 2}, ["figures[1].kind"]),
    ],
)
def test_wrong_terms_are_named_each(changed: dict[str, Any], fields: list[str]) -> None:
    assert [one.field for one in terms_violations(replace(terms(), **changed))] == fields
