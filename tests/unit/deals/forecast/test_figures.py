"""Amounts are added exactly, a weighted one is rounded once, and what is unknown is never zero."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from libs.money import DIGITS, Money, minor_digits
from services.deals.claims.domain.states import STAGE_ORDER, Stage
from services.deals.forecast.domain.figures import (
    ForecastCategory,
    ForecastGroup,
    ForecastWindow,
    Weighed,
    category_of,
    forecast,
    weighted,
)
from services.deals.forecast.domain.learning import HORIZON, Chance, ChanceBasis
from services.deals.forecast.domain.months import month_of, named
from services.deals.pipeline.domain.deals import PipelineDeal, PipelineLine
from services.deals.pipeline.domain.history import PipelineState
from tests.builders import NOW, an_id

TODAY = date(2026, 3, 2)
CURRENCIES = ("EUR", "JPY", "IQD")

amounts = st.none() | st.builds(Money, st.integers(0, 10**15), st.sampled_from(CURRENCIES))
chances = st.integers(1, 30).flatmap(
    lambda count: (
        st.just(Chance())
        | st.builds(
            Chance, won_count=st.integers(0, count), deal_count=st.just(count), basis=st.just(ChanceBasis.STAGE)
        )
    )
)


@st.composite
def weighings(draw: st.DrawFn) -> list[Weighed]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        state = draw(st.sampled_from(PipelineState))
        amount = draw(amounts)
        split = amount.amount // 3 if amount else 0
        lines = (("A", split), ("B", amount.amount - split)) if amount else ()
        deal = PipelineDeal(
            id=an_id("reg", number),
            partner_id=draw(st.sampled_from([an_id("ptn", 1), an_id("ptn", 2)])),
            country=draw(st.sampled_from(["DE", "FR"])),
            state=state,
            stage=draw(st.sampled_from(STAGE_ORDER)),
            expected_amount=amount,
            lines=tuple(
                PipelineLine(product_line=name, expected_amount=Money(part, amount.currency))
                for name, part in lines
                if amount
            ),
            expected_close_date=draw(st.none() | st.integers(-40, 500).map(lambda days: TODAY + timedelta(days=days))),
            closed_date=None if state is PipelineState.OPEN else draw(st.dates(date(2026, 2, 1), TODAY)),
            update_time=NOW,
        )
        is_open = state is PipelineState.OPEN
        found.append(Weighed(deal, draw(st.lists(chances, min_size=HORIZON, max_size=HORIZON)) if is_open else ()))
    return found


@given(weighings())
def test_each_line_has_the_exact_sums_of_its_deals(found: list[Weighed]) -> None:
    exact: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    unknown: defaultdict[tuple[str, str], int] = defaultdict(int)
    unweighted: defaultdict[str, int] = defaultdict(int)
    closed: defaultdict[str, int] = defaultdict(int)
    for deal, its in found:
        if (amount := deal.expected_amount) is None:
            continue
        if deal.state is PipelineState.OPEN:
            unweighted[amount.currency] += amount.amount
        if deal.state is PipelineState.WON and deal.closed_date and deal.closed_date >= date(2026, 3, 1):
            closed[amount.currency] += amount.amount
        for ahead, one in enumerate(its):
            place = (named(month_of(TODAY) + ahead), amount.currency)
            exact[place] += amount.amount * Fraction(one.basis_points, 10_000)
            unknown[place] += 0 if one.known else amount.amount
    for group in ForecastGroup:
        lines = forecast(found, group, today=TODAY)
        assert len({(one.window, one.month, one.currency, one.key) for one in lines}) == len(lines)
        for currency in CURRENCIES:
            mine = [one for one in lines if one.currency == currency]
            parts = [one.pipeline_amount + one.best_case_amount + one.commit_amount for one in mine]
            assert sum(one.amount for one in parts) == unweighted[currency]
            assert sum(one.closed_amount.amount for one in mine) == closed[currency]
            for month in {one.month for one in mine if one.window is ForecastWindow.MONTH}:
                of_month = [one for one in mine if one.month == month]
                step = 10 ** (DIGITS - minor_digits(currency))
                off = sum(one.weighted_amount.amount for one in of_month) - exact[month, currency]
                assert abs(off) <= Fraction(step, 2) * len(of_month)
                assert sum(one.unknown_amount.amount for one in of_month) == unknown[month, currency]


@given(st.integers(0, 10**19), st.sampled_from(CURRENCIES))
def test_a_weighted_amount_is_rounded_once_half_to_even(amount_basis_points: int, currency: str) -> None:
    step = 10 ** (DIGITS - minor_digits(currency))
    assert weighted(amount_basis_points, currency).amount == round(Fraction(amount_basis_points, 10_000 * step)) * step


def test_a_deal_is_in_the_time_in_which_its_partner_expects_it() -> None:
    for expected, window, month in (
        (None, ForecastWindow.UNDATED, ""),
        (TODAY - timedelta(days=1), ForecastWindow.OVERDUE, ""),
        (TODAY, ForecastWindow.MONTH, "2026-03"),
        (date(2027, 2, 28), ForecastWindow.MONTH, "2027-02"),
        (date(2027, 3, 1), ForecastWindow.LATER, ""),
    ):
        deal = PipelineDeal(
            id=an_id("reg"),
            partner_id=an_id("ptn"),
            country="DE",
            state=PipelineState.OPEN,
            stage=Stage.COMMITTED,
            expected_amount=Money.of(10, "EUR"),
            expected_close_date=expected,
            update_time=NOW,
        )
        (line,) = forecast([Weighed(deal, ())], ForecastGroup.NONE, today=TODAY)
        assert (line.window, line.month, line.commit_amount) == (window, month, Money.of(10, "EUR"))


def test_the_category_follows_from_the_stage() -> None:
    found = [category_of(PipelineState.OPEN, stage).name for stage in STAGE_ORDER]
    assert found == ["PIPELINE", "PIPELINE", "BEST_CASE", "BEST_CASE", "COMMIT"]
    assert category_of(PipelineState.OPEN, None) is ForecastCategory.PIPELINE
    assert category_of(PipelineState.WON, Stage.WON) is ForecastCategory.CLOSED
    assert category_of(PipelineState.DROPPED, Stage.COMMITTED) is ForecastCategory.OMITTED
