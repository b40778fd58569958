"""Each method forecasts what its definition says, and from nothing but the past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.demand.domain.choice import candidates
from services.orders.demand.domain.intermittent import adida, croston_sba, tsb
from services.orders.demand.domain.methods import naive, seasonal_naive, seasonal_smoothing, smoothing

# Figures of statsforecast 2.1.1: CrostonSBA(), TSB(0.2, 0.1), ADIDA(), SimpleExponentialSmoothing(0.3).
_KNOWN = [
    ([0, 0, 3, 0, 1, 0, 0, 4, 0, 0, 0, 2, 5, 0, 1, 0], 0.98656718, 0.89659696, 1.02730527, 0.95238960),
    ([12, 0, 7, 9, 0, 0, 14, 3, 0, 11], 7.66037278, 7.34811953, 5.83480000, 6.15643961),
    ([5, 8, 6, 9, 7, 10, 6, 8], 6.10063524, 7.15530240, 7.49522510, 7.49522510),
]
_SERIES = st.lists(st.sampled_from([0, 0, 1, 2, 5, 9, 40]), min_size=2, max_size=60)


@pytest.mark.parametrize(("values", "sba", "by_tsb", "by_adida", "ses"), _KNOWN)
def test_known_figures(values: list[float], sba: float, by_tsb: float, by_adida: float, ses: float) -> None:
    end = [len(values)]
    assert croston_sba(values, end, 1)[0][0] == pytest.approx(sba, abs=1e-6)
    assert tsb(0.2, 0.1)(values, end, 1)[0][0] == pytest.approx(by_tsb, abs=1e-6)
    assert adida(values, end, 1)[0][0] == pytest.approx(by_adida, abs=1e-6)
    assert smoothing(0.3)(values, end, 1)[0][0] == pytest.approx(ses, abs=1e-6)


def test_figures_by_hand() -> None:
    """Sizes 4 and 2, intervals 2 and 3: size 4 - 0.1 * 2 = 3.8, interval 2 + 0.1 * 1 = 2.1."""
    assert croston_sba([0, 4, 0, 0, 2], [5], 2) == [[pytest.approx(0.95 * 3.8 / 2.1)] * 2]
    assert naive([3, 1], [1, 2], 2) == [[3, 3], [1, 1]]
    assert seasonal_naive(3)([1, 2, 3, 4], [2, 3, 4], 4) == [[2, 2, 2, 2], [1, 2, 3, 1], [2, 3, 4, 2]]


@given(_SERIES)
def test_known_library_agrees(values: list[float]) -> None:
    """Where it is installed. ADIDA with two sums is left out: there no smoothing constant fits better than another."""
    models = pytest.importorskip("statsforecast.models", reason="statsforecast is not installed")
    numpy = pytest.importorskip("numpy")
    array, end = numpy.array(values, dtype=float), [len(values)]
    sales = [place for place, value in enumerate(values, start=1) if value]
    if not sales:
        return
    pairs = [
        (croston_sba(values, end, 1), models.CrostonSBA()),
        (tsb(0.2, 0.1)(values, end, 1), models.TSB(0.2, 0.1)),
        (smoothing(0.3)(values, end, 1), models.SimpleExponentialSmoothing(0.3)),
    ]
    if len(values) // round(sales[-1] / len(sales)) != 2:
        pairs.append((adida(values, end, 1), models.ADIDA()))
    for ours, model in pairs:
        assert ours[0][0] == pytest.approx(model.forecast(array, 1)["mean"][0], rel=1e-6, abs=1e-6)


@given(_SERIES, st.integers(1, 59), st.integers(1, 15))
def test_a_forecast_knows_only_what_was_before_it(values: list[float], cut: int, horizon: int) -> None:
    known = values[: max(1, min(cut, len(values)))]
    for one in candidates(values, 12):
        from_all = one.forecaster(values, [len(known)], horizon)
        assert from_all == [pytest.approx(path) for path in one.forecaster(known, [len(known)], horizon)], one.settings
        assert len(from_all[0]) == horizon


@given(_SERIES)
def test_no_demand_is_never_negative(values: list[float]) -> None:
    for one in candidates(values, 12):
        assert min(one.forecaster(values, [len(values)], 12)[0]) >= 0


@pytest.mark.parametrize("season", [3, 12])
def test_a_season_that_repeats_is_forecast_exactly(season: int) -> None:
    values = [10 + place % season for place in range(4 * season)]
    ahead = [10 + step % season for step in range(season)]
    assert seasonal_naive(season)(values, [len(values)], season) == [ahead]
    assert seasonal_smoothing(season, 0.2, 0.1)(values, [len(values)], season) == [pytest.approx(ahead)]
