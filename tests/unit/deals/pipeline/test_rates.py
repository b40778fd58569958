"""A win rate has its numerator and denominator, and none is made of too few deals."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.deals.pipeline.domain.deals import PipelineDeal, PipelineLine
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.domain.outcomes import OutcomeReason
from services.deals.pipeline.domain.rates import MINIMUM, WinRate, WinRateGroup, WinRateState, rate_of, rates
from tests.builders import NOW, an_id

LINES = ("", "ROUTERS", "CABLES")


def deals() -> st.SearchStrategy[list[PipelineDeal]]:
    one = st.builds(
        PipelineDeal,
        id=st.just(an_id("reg")),
        partner_id=st.sampled_from([an_id("ptn", number) for number in range(3)]),
        country=st.sampled_from(["DE", "FR"]),
        state=st.sampled_from(PipelineState),
        lines=st.sets(st.sampled_from(LINES)).map(
            lambda names: tuple(PipelineLine(product_line=name) for name in sorted(names))
        ),
        reasons=st.lists(st.sampled_from(OutcomeReason), max_size=2).map(tuple),
        closed_date=st.dates(date(2026, 1, 1), date(2026, 3, 31)),
        update_time=st.just(NOW),
    )
    return st.lists(one, max_size=60)


@given(deals(), st.sampled_from(WinRateGroup))
def test_rates_are_the_exact_shares_of_deals_that_were_won_or_lost(
    found: list[PipelineDeal], group: WinRateGroup
) -> None:
    groups: dict[WinRateGroup, Callable[[PipelineDeal], list[str]]] = {
        WinRateGroup.PARTNER: lambda one: [one.partner_id],
        WinRateGroup.COUNTRY: lambda one: [one.country],
        WinRateGroup.PRODUCT_LINE: lambda one: [line.product_line for line in one.lines] or [""],
        WinRateGroup.REASON: lambda one: [one.reasons[0].name if one.reasons else ""],
        WinRateGroup.MONTH: lambda one: [str(one.closed_date)[:7]],
        WinRateGroup.COMPETITOR: lambda one: [""],
    }
    ended = [
        (key, one.state is PipelineState.WON)
        for one in found
        if one.state in (PipelineState.WON, PipelineState.LOST)
        for key in groups[group](one)
    ]
    closed, won = Counter(key for key, _ in ended), Counter(key for key, is_won in ended if is_won)
    shown = {one.key: one for one in rates(found, group)}
    assert {key: (one.won_count, one.closed_count) for key, one in shown.items() if one.closed_count} == {
        key: (won[key], closed[key]) for key in closed
    }
    for one in (*shown.values(), rate_of(found)):
        known = one.closed_count >= MINIMUM
        assert one.state is (WinRateState.KNOWN if known else WinRateState.INSUFFICIENT_DATA)
        exact = Fraction(one.won_count * 10_000, one.closed_count) if known else Fraction(0)
        assert one.rate_basis_points == round(exact)  # of a Fraction: half to even


def test_half_a_basis_point_is_rounded_to_the_even_one() -> None:
    assert WinRate(won_count=1, closed_count=20_000).rate_basis_points == 0
    assert WinRate(won_count=3, closed_count=20_000).rate_basis_points == 2
