"""The figures of progress equal those of an independent computation in exact decimals, whatever facts, corrections,
windows and currencies there are."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.exchange import Quote, RateTable, table_id
from libs.privacy.keys import Keys
from libs.rates_projection import RATE_TABLES
from libs.store.port import create
from services.partners.facts.documents import FACTS
from services.partners.facts.documents import KINDS as FACT_KINDS
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sums import Key, fact_of
from services.partners.program.domain.program import Comparison, RateBasis, Requirement, WindowType
from services.partners.tier_review.domain.progress import RequirementProgress
from services.partners.tier_review.reads import figures_of
from tests.builders import an_id
from tests.component.partners.harness import Harness
from tests.component.replica import opened
from tests.unit.partners.program.built import BASIC, level, program

MONTHS = tuple(date(2025 + n // 12, n % 12 + 1, 1) for n in range(15))
PLAN_DAY = date(2026, 1, 5)
EXACT = Context(prec=80)
UNIT, TENTHS = Decimal(1), Decimal("0.0001")
METRICS = {
    FactMetric.REVENUE_ORDERED: "money",
    FactMetric.ORDERS: "count",
    FactMetric.CONVERSION: "ratio",
    FactMetric.DISCOUNT: "money ratio",
}
CURRENCIES = ("EUR", "USD", "JPY")


class Said(NamedTuple):
    """A fact: amounts in ten-thousandths, or counts; corrections are below zero."""

    metric: FactMetric
    month: date
    line: str
    country: str
    currency: str
    own: int
    of: int
    below: int


class Rates(NamedTuple):
    """The rates of a day against the euro."""

    day: date
    usd: int
    jpy: int


SAID = st.builds(
    Said,
    metric=st.sampled_from(list(METRICS)),
    month=st.sampled_from(MONTHS),
    line=st.sampled_from(["", "ROUTERS", "PUMPS"]),
    country=st.sampled_from(["", "DE"]),
    currency=st.sampled_from(CURRENCIES),
    own=st.integers(-(10**6), 10**9),
    of=st.integers(-(10**5), 10**9),
    below=st.integers(-(10**5), 10**8),
)
RATES = st.builds(
    Rates,
    day=st.sampled_from([*MONTHS, PLAN_DAY, date(2026, 3, 17), date(2025, 12, 30)]),
    usd=st.integers(1, 30_000),
    jpy=st.integers(1, 3_000_000),
)
NEED = st.builds(
    Requirement,
    metric=st.sampled_from([one.value for one in METRICS]),
    comparison=st.sampled_from(Comparison),
    threshold=st.decimals(0, 10_000, places=4).map(lambda one: f"{one:f}"),
    window=st.sampled_from(WindowType),
    months=st.integers(1, 14),
    minimum_data=st.integers(0, 50_000),
    product_line=st.sampled_from(["", "ROUTERS"]),
    currency=st.sampled_from(CURRENCIES),
    downline=st.booleans(),
)


def fitted(need: Requirement) -> Requirement:
    """The requirement with the fields that its metric takes."""
    kind = METRICS[FactMetric(need.metric)]
    return replace(
        need,
        currency=need.currency if "money" in kind else "",
        minimum_data=need.minimum_data if "ratio" in kind else 0,
        months=need.months if need.window is WindowType.ROLLING_MONTHS else 0,
    )


class Oracle:
    """The same figures, from the facts and rates themselves."""

    def __init__(self, said: Sequence[Said], rates: Sequence[Rates], basis: RateBasis | None) -> None:
        self.said, self.rates, self.basis = said, rates, basis

    def rate(self, currency: str, to: str, month: date) -> Decimal | None:
        """What a unit of a currency is worth in a month."""
        if self.basis is None:
            return None
        if self.basis is RateBasis.PLAN:
            days = [one for one in self.rates if 0 <= (PLAN_DAY - one.day).days <= 10]
            return self.cross(max(days, key=lambda one: one.day), currency, to) if days else None
        days = [one for one in self.rates if (one.day.year, one.day.month) == (month.year, month.month)]
        if not days:
            return None
        crosses = [self.cross(one, currency, to) for one in days]
        mean = EXACT.divide(sum(crosses, Decimal()), Decimal(len(crosses)))
        return Context(prec=16, rounding=ROUND_HALF_EVEN).plus(mean)

    @staticmethod
    def cross(one: Rates, currency: str, to: str) -> Decimal:
        """The rate of a day between two currencies, through the euro."""
        against = {"EUR": Decimal(1), "USD": Decimal(one.usd) / 10_000, "JPY": Decimal(one.jpy) / 10_000}
        return EXACT.divide(against[to], against[currency])

    def first(self, need: Requirement, last: date) -> date:
        """The first month of the window."""
        if need.window is WindowType.ROLLING_MONTHS:
            place = MONTHS.index(last.replace(day=1)) - need.months + 1
            return MONTHS[max(place, 0)]
        start = {WindowType.MONTH: last.month, WindowType.QUARTER: (last.month - 1) // 3 * 3 + 1, WindowType.YEAR: 1}
        assert need.window is not None
        return date(last.year, start[need.window], 1)

    def terms(self, need: Requirement, last: date) -> tuple[Decimal, Decimal] | None:
        """The figure, or the terms of a ratio; None without a rate."""
        sums: dict[tuple[date, str], list[int]] = {}
        for one in self.said:
            inside = self.first(need, last) <= one.month <= last and one.metric.value == need.metric
            if inside and need.product_line in ("", one.line):
                pair = sums.setdefault((one.month, one.currency), [0, 0])
                pair[0] += one.own + (one.below if need.downline else 0)
                pair[1] += one.of
        found = [Decimal(), Decimal()]
        for (month, currency), pair in sums.items():
            scale = UNIT if not need.currency else TENTHS
            rate: Decimal | None = UNIT
            if need.currency and currency != need.currency:
                rate = self.rate(currency, need.currency, month)
            if rate is None:
                return None
            for place in (0, 1):
                worth = EXACT.multiply(EXACT.multiply(Decimal(pair[place]), scale), rate)
                found[place] += worth.quantize(TENTHS, rounding=ROUND_HALF_EVEN, context=EXACT)
        return found[0], found[1]

    def judge(self, need: Requirement, last: date) -> tuple[str, Decimal | None]:
        """The status and the figure."""
        terms = self.terms(need, last)
        if terms is None:
            return "RATE_UNKNOWN", None
        have, threshold = terms[0], Decimal(need.threshold)
        if "ratio" in METRICS[FactMetric(need.metric)]:
            if terms[1] <= 0 or terms[1] < need.minimum_data:
                return "INSUFFICIENT_DATA", None
            threshold, shown = threshold * terms[1], EXACT.divide(terms[0], terms[1])
        else:
            shown = have
        met = have >= threshold if need.comparison is Comparison.AT_LEAST else have <= threshold
        return "MET" if met else "NOT_MET", shown.quantize(TENTHS, rounding=ROUND_HALF_EVEN, context=EXACT)


def check(got: RequirementProgress, need: Requirement, expected: tuple[str, Decimal | None]) -> None:
    """The figure is the expected one, and `missing` closes the gap."""
    status, have = expected
    assert (got.status.value, Decimal(got.have) if got.have else None) == (status, have)
    if have is None:
        assert got.missing == ""
        return
    gap = Decimal(need.threshold) - have
    short = gap if need.comparison is Comparison.AT_LEAST else -gap
    assert Decimal(got.missing) == (0 if status == "MET" else max(short, Decimal()))


async def store_facts(harness: Harness, partner_id: str, said: Sequence[Said]) -> None:
    """The facts of a partner, as the jobs of the facts store them."""
    facts = []
    for one in said:
        fact = fact_of(partner_id, Key(one.metric, one.month, one.line, one.currency, one.country))
        facts.append(replace(fact, own=Sum(one.own, one.of), below=Sum(one.below, 0)))
    if facts:
        await harness.env.store.commit([create(FACTS, one) for one in facts])


def normal(said: Sequence[Said]) -> list[Said]:
    """Facts as they can be: counts without a currency, no denominator without a ratio, one of each key."""
    found: dict[tuple[Any, ...], Said] = {}
    for one in said:
        kind = METRICS[one.metric]
        fit = one._replace(currency=one.currency if "money" in kind else "", of=one.of if "ratio" in kind else 0)
        found[fit[:5]] = fit
    return list(found.values())


@settings(max_examples=30, deadline=None)
@given(
    said=st.lists(SAID, max_size=14),
    rates=st.lists(RATES, max_size=6, unique_by=lambda one: one.day),
    needs=st.lists(NEED, min_size=1, max_size=10),
    basis=st.sampled_from([None, RateBasis.PLAN, RateBasis.MONTH_AVERAGE]),
    last=st.sampled_from([date(2026, 3, 31), date(2026, 3, 2), date(2026, 2, 28), date(2025, 12, 31)]),
)
async def test_progress_is_what_the_facts_say(
    tmp_path_factory: pytest.TempPathFactory,
    keys: Keys,
    said: list[Said],
    rates: list[Rates],
    needs: list[Requirement],
    basis: RateBasis | None,
    last: date,
) -> None:
    async with opened(tmp_path_factory.mktemp("oracle"), (*FACT_KINDS, RATE_TABLES)) as store:
        harness = Harness(store, keys)
        facts, fitting = normal(said), [fitted(one) for one in needs]
        partner_id = an_id("ptn")
        await store_facts(harness, partner_id, facts)
        for one in rates:
            quotes = tuple(
                Quote(currency=currency, rate=f"{Decimal(rate) / 10_000:f}")
                for currency, rate in (("JPY", one.jpy), ("USD", one.usd))
            )
            id = table_id("ecb", "EUR", one.day)
            table = RateTable(id=id, source="ecb", base_currency="EUR", date=one.day, quotes=quotes)
            await store.commit([create(RATE_TABLES, table)])
        version = program(
            BASIC,
            level("SILVER", 2, *fitting),
            rate_source="ecb" if basis else "",
            rate_basis=basis,
            plan_rate_day=PLAN_DAY if basis is RateBasis.PLAN else None,
        )
        found = await figures_of(harness.env, partner_id, version, last_day=last)
        oracle = Oracle(facts, rates, basis)
        for got, need in zip(found.levels[1].groups[0].requirements, fitting, strict=True):
            check(got, need, oracle.judge(need, last))
