"""The choice is what was least wrong, its error is what it says, and it admits what it does not know."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.demand.domain.choice import Accuracy, Caveat, Choice, accuracy, choose, scale_of
from services.orders.demand.domain.methods import Method

_SERIES = st.lists(st.integers(0, 60), min_size=1, max_size=48)


def _methods(choice: Choice) -> set[Method]:
    return {one.method for one in choice.components}


def test_a_season_is_found() -> None:
    found = choose([20, 5, 40, 10, 15, 60, 5, 5, 30, 25, 10, 80] * 3, season=12, horizon=12)
    assert _methods(found) == {Method.SEASONAL_NAIVE, Method.SEASONAL_SMOOTHING}
    assert found.mean == pytest.approx((20, 5, 40, 10, 15, 60, 5, 5, 30, 25, 10, 80))
    assert found.accuracy.wape == pytest.approx(0)


def test_a_level_with_noise_is_smoothed_and_better_than_naive() -> None:
    noise = Random(7)
    found = choose([100 + noise.randint(-30, 30) for _ in range(40)], season=52, horizon=3)
    assert Method.NAIVE not in _methods(found)
    assert found.accuracy.wape < found.reference_accuracy.wape  # type: ignore[operator] # both have demand
    assert found.caveats == (Caveat.SEASON_UNKNOWN,)


def test_a_walk_is_naive_and_says_so() -> None:
    found = choose([2**place for place in range(12)], season=52, horizon=1)
    assert _methods(found) == {Method.NAIVE}
    assert Caveat.NOT_BETTER_THAN_NAIVE in found.caveats


@pytest.mark.parametrize(
    ("values", "caveats"),
    [
        ([7], {Caveat.SHORT, Caveat.RARE, Caveat.UNTESTED, Caveat.SEASON_UNKNOWN}),
        ([7, 9, 4, 8, 6, 9], {Caveat.SHORT, Caveat.UNTESTED, Caveat.SEASON_UNKNOWN}),
        ([0] * 20 + [3] + [0] * 9, {Caveat.RARE}),
    ],
)
def test_what_is_not_known_is_said(values: list[float], caveats: set[Caveat]) -> None:
    assert set(choose(values, season=12, horizon=3).caveats) - {Caveat.NOT_BETTER_THAN_NAIVE} == caveats


@given(_SERIES, st.sampled_from([12, 52]), st.integers(1, 24))
def test_band_and_caveat_hold_on_every_series(values: list[float], season: int, horizon: int) -> None:
    found = choose(values, season=season, horizon=horizon)
    assert len(found.mean) == len(found.low) == len(found.high) == len(found.reference) == horizon
    for low, mean, high in zip(found.low, found.mean, found.high, strict=True):
        assert 0 <= low <= mean <= high
    widths = [high - mean for high, mean in zip(found.high, found.mean, strict=True)]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(widths))
    ours, naive = found.accuracy.wape, found.reference_accuracy.wape
    if found.tested and ours is not None and naive is not None and ours > naive:
        assert Caveat.NOT_BETTER_THAN_NAIVE in found.caveats


def test_most_of_what_comes_lies_in_the_band() -> None:
    noise, inside, count = Random(3), 0, 300
    for _ in range(count):
        values = [max(0, round(noise.gauss(50, 12))) for _ in range(37)]
        found = choose(values[:36], season=12, horizon=1)
        inside += found.low[0] <= values[36] <= found.high[0]
    assert 0.68 <= inside / count <= 0.92


def test_errors_by_hand() -> None:
    """Errors 2, -1 and 3 on demand of 20; inside of the series a step of 4 and one of 2."""
    assert scale_of([1, 5, 3], 12) == 3
    found = accuracy([4, 10, 6], [6, 9, 9], scale=3)
    assert (found.wape, found.bias, found.mase) == pytest.approx((6 / 20, 4 / 20, 2 / 3))
    assert accuracy([0, 0], [1, 0]) == Accuracy()
