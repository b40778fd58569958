"""Points, shared weights, scores and ranks equal what a calculation in exact decimals says."""

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from services.partners.facts.domain.metrics import FactMetric, Figure, Sum
from services.partners.scorecard.domain.model import ScorecardDimension
from services.partners.scorecard.domain.scoring import (
    LineState,
    Measured,
    Standing,
    Tally,
    line_of,
    score_of,
    shared,
    standing,
    tallied,
)
from tests.unit.partners.scorecard.built import a_line, conversion, dimension, revenue

WIDE = Context(prec=80)


class Found(NamedTuple):
    """A dimension and what was measured: value and of, or nothing."""

    dimension: ScorecardDimension
    sums: Sum | None


@st.composite
def weights(draw: st.DrawFn, count: int) -> list[int]:
    """Weights above zero that sum to 10,000."""
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, 10_000], strict=True)]


@st.composite
def cards(draw: st.DrawFn) -> list[Found]:
    """Dimensions of every unit, either direction, some without data or with too little of it."""
    count = draw(st.integers(1, 8))
    found = []
    for place, weight in enumerate(draw(weights(count))):
        make = draw(st.sampled_from([dimension, conversion, revenue]))
        worst, target = draw(st.lists(st.integers(-500, 500), min_size=2, max_size=2, unique=True))
        scale = {"worst": f"{Decimal(worst) / 100:f}", "target": f"{Decimal(target) / 100:f}"}
        more = {"minimum": draw(st.integers(0, 5))} if make is conversion else {}
        one = make(f"D{place}", weight, **scale, **more)
        sums = draw(st.none() | st.builds(Sum, st.integers(-40_000, 80_000), st.integers(0, 9)))
        found.append(Found(one, sums))
    return found


@given(cards())
def test_the_score_is_that_of_exact_decimals(card: list[Found]) -> None:
    lines = shared([line_of(one.dimension, Measured(one.sums), "EUR") for one in card])
    with localcontext(WIDE):
        points = [_points(one) for one in card]
        shares = _shares(card, points)
        assert [line.points if line.state is LineState.SCORED else None for line in lines] == points
        assert [line.shared_weight_basis_points for line in lines] == shares
        exact = sum((Decimal(one or 0) * share for one, share in zip(points, shares, strict=True)), Decimal(0)) / 10_000
        expected = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)) if any(one is not None for one in points) else None
    assert score_of(lines) == expected
    assert sum(shares) == (10_000 if expected is not None else 0)


def _points(found: Found) -> int | None:
    """Hundredths of a point; None without enough data."""
    if found.sums is None:
        return None
    value = Decimal(found.sums.value)
    if found.dimension.metric is FactMetric.REVENUE_ORDERED:
        value /= 10_000
    if found.dimension.metric is FactMetric.CONVERSION:
        if found.sums.of < max(found.dimension.minimum, 1):
            return None
        value /= found.sums.of
    worst, target = Decimal(found.dimension.worst), Decimal(found.dimension.target)
    low, high = sorted((worst, target))
    share = (min(max(value, low), high) - worst) / (target - worst)
    return int((share * 10_000).quantize(Decimal(1), ROUND_HALF_EVEN))


def _shares(card: list[Found], points: list[int | None]) -> list[int]:
    """The weights after sharing by largest remainder, the first of equal ones."""
    weights = [
        one.dimension.weight_basis_points if got is not None else 0 for one, got in zip(card, points, strict=True)
    ]
    total = sum(weights)
    if not total:
        return weights
    exact = [Decimal(one) * 10_000 / total for one in weights]
    whole = [int(one.quantize(Decimal(1), ROUND_FLOOR)) for one in exact]
    for _ in range(10_000 - sum(whole)):
        remainders = [weights[place] * 10_000 - whole[place] * total for place in range(len(whole))]
        whole[remainders.index(max(remainders))] += 1
    return whole


@pytest.mark.parametrize(
    ("one", "value", "of", "points"),
    [
        (dimension(), 0, 0, 0),
        (dimension(), 4, 0, 4_000),
        (dimension(), 11, 0, 10_000),
        (dimension(worst="10", target="0"), 0, 0, 10_000),
        (dimension(worst="10", target="0"), 4, 0, 6_000),
        (dimension(worst="10", target="0"), 12, 0, 0),
        (dimension(target="3"), 1, 0, 3_333),
        (conversion(), 1, 5, 0),
        (conversion(), 9, 20, 5_000),
        (revenue(), 5_000_000, 0, 5_000),
        (revenue(), -1, 0, 0),
    ],
)
def test_points_are_linear_between_worst_and_target_and_end_there(
    one: ScorecardDimension, value: int, of: int, points: int
) -> None:
    assert a_line(one, value, of).points == points


def test_no_data_is_not_zero_and_says_what_there_is() -> None:
    assert a_line(dimension(), None).state is LineState.INSUFFICIENT_DATA
    few = a_line(conversion(minimum=5), 1, 4)
    assert (few.state, few.figure) == (LineState.INSUFFICIENT_DATA, Figure(count=1, of_count=4))
    zero = a_line(revenue(zero_without_documents=True), None)
    assert (zero.state, zero.points, zero.figure.amount) == (LineState.SCORED, 0, Money.zero("EUR"))


def test_the_weight_of_a_line_without_data_is_shared_in_proportion() -> None:
    lines = shared(
        [a_line(dimension("A", 5_000), 10), a_line(conversion("B", 2_000), None), a_line(dimension("C", 3_000), 0)]
    )
    assert [one.dimension.weight_basis_points for one in lines] == [5_000, 2_000, 3_000]
    assert [one.shared_weight_basis_points for one in lines] == [6_250, 0, 3_750]
    assert score_of(lines) == 6_250
    assert score_of(shared([a_line(dimension(), None)])) is None


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.data())
def test_a_rank_counts_who_is_better_and_ties_share_it(scores: list[int], data: st.DataObject) -> None:
    tallies: tuple[Tally, ...] = ()
    for score in scores:
        tallies = tallied(tallies, score)
    mine = data.draw(st.sampled_from(scores))
    place = standing(tallies, mine)
    order = sorted(scores, reverse=True)
    assert (place.rank, place.peer_count) == (order.index(mine) + 1, len(scores))
    below, same = len([one for one in scores if one < mine]), scores.count(mine)
    exact = WIDE.divide(Decimal((2 * below + same) * 5_000), Decimal(len(scores)))
    assert place.percentile == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    for score in scores:
        tallies = tallied(tallies, score, by=-1)
    assert tallies == ()


def test_ties_at_the_top_leave_no_second() -> None:
    tallies = (Tally(10, 1), Tally(50, 2))
    assert standing(tallies, 50) == Standing(rank=1, peer_count=3, percentile=6_667)
    assert standing(tallies, 10) == Standing(rank=3, peer_count=3, percentile=1_667)
