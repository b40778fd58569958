"""Chooses the method that would have forecast a series best, and says how wrong it would have been.

Rolling origin: every method forecasts from each of the last periods as if the later ones were unknown, and its
forecasts are compared with what came. Chosen are the best method by absolute error and those at most a tenth worse; the
forecast is their mean. The errors of that mean give the band, so it is as wide as the choice would have been wrong.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

import msgspec

from services.orders.demand.domain.intermittent import adida, croston_sba, tsb
from services.orders.demand.domain.methods import (
    Forecaster,
    Forecasts,
    Method,
    blend,
    naive,
    seasonal_naive,
    seasonal_smoothing,
    smoothing,
)

_AS_GOOD = 1.1  # an error up to this multiple of the least one is as good
BAND_PERCENT = 80  # the share of earlier errors that lie inside of the band
_ORIGINS_AT_MOST = 12
_STEPS_JUDGED = 3
_FIRST_ORIGIN = 4
_PERIODS_FOR_TRUST = 12
_SALES_FOR_TRUST = 4
_QUARTER = 3  # months; channels are filled at its end
_MONTHS = 12


class Caveat(Enum):
    """Why not to rely on a forecast. SHORT: fewer than 12 periods. RARE: fewer than four of them have demand.
    UNTESTED: too few periods to test any method. SEASON_UNKNOWN: less than a season and a test of it are known.
    NOT_BETTER_THAN_NAIVE: the choice was not better than the reference, what was sold one season or period earlier."""

    SHORT = "SHORT"
    RARE = "RARE"
    UNTESTED = "UNTESTED"
    SEASON_UNKNOWN = "SEASON_UNKNOWN"
    NOT_BETTER_THAN_NAIVE = "NOT_BETTER_THAN_NAIVE"


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """How wrong forecasts were. wape: absolute errors by demand. bias: errors by demand, positive if too much was
    forecast; both None without demand. mase: the mean absolute error by that of repeating, inside of the series, the
    value of one season earlier (of one period, if no season fits); None if that is never wrong."""

    wape: float | None = None
    bias: float | None = None
    mase: float | None = None


class Candidate(NamedTuple):
    """A method with its constants; `settings` names them: `alpha=0.3`."""

    method: Method
    settings: str
    forecaster: Forecaster


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A chosen method. settings: its constants, `season=12 alpha=0.3`; empty if it has none."""

    method: Method
    settings: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The chosen methods, the mean of their forecasts and its band, and what the reference (seasonal naive) says and
    how wrong it was. mean, low, high, reference: per period. tested: the number of origins."""

    components: tuple[Component, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    reference: tuple[float, ...]
    accuracy: Accuracy
    reference_accuracy: Accuracy
    tested: int
    caveats: tuple[Caveat, ...]


def candidates(values: Sequence[float], season: int) -> Iterator[Candidate]:
    """What is tried on a series, the simplest first. Methods with a season need one season, methods for rare demand a
    period without demand."""
    yield Candidate(Method.NAIVE, "", naive)
    fits = len(values) > season
    if fits:
        yield Candidate(Method.SEASONAL_NAIVE, f"season={season}", seasonal_naive(season))
    for alpha in (0.1, 0.3, 0.5):
        yield Candidate(Method.SMOOTHING, f"alpha={alpha}", smoothing(alpha))
    if not all(values):
        yield Candidate(Method.CROSTON_SBA, "alpha=0.1", croston_sba)
        yield Candidate(Method.TSB, "alpha=0.2", tsb(0.2, 0.2))
        yield Candidate(Method.ADIDA, "", adida)
    for length in (season, _QUARTER) if season == _MONTHS else (season,):
        if len(values) > length:
            settings = f"season={length} alpha=0.2 gamma=0.1"
            yield Candidate(Method.SEASONAL_SMOOTHING, settings, seasonal_smoothing(length, 0.2, 0.1))
    if fits:
        repeated, level = seasonal_naive(season), smoothing(0.3)
        yield Candidate(Method.BLEND, f"season={season} alpha=0.3", blend(repeated, level))
        yield Candidate(Method.BLEND, f"season={season} twice alpha=0.3", blend(repeated, repeated, level))
        if season == _MONTHS:
            quarters = seasonal_smoothing(_QUARTER, 0.2, 0.1)
            yield Candidate(Method.BLEND, f"season={season} season={_QUARTER}", blend(repeated, quarters))


def choose(values: Sequence[float], *, season: int, horizon: int) -> Choice:
    """The forecast of the `horizon` periods after `values`, of which there is at least one."""
    origins, steps = _origins(len(values), horizon)
    chosen = _chosen(values, origins, steps, season)
    forecaster, reference = blend(*(one.forecaster for one in chosen)), seasonal_naive(season)
    tested = forecaster(values, origins, steps) if origins else []
    of_reference = reference(values, origins, steps) if origins else []
    mean = forecaster(values, [len(values)], horizon)[0]
    spread = _spread(values, origins, tested, horizon)
    is_better = _absolute_error(values, origins, tested) < _absolute_error(values, origins, of_reference)
    return Choice(
        components=tuple(Component(method=one.method, settings=one.settings) for one in chosen),
        mean=tuple(mean),
        low=tuple(max(0.0, one - wide) for one, wide in zip(mean, spread, strict=True)),
        high=tuple(one + wide for one, wide in zip(mean, spread, strict=True)),
        reference=tuple(reference(values, [len(values)], horizon)[0]),
        accuracy=_judged(values, origins, tested, season),
        reference_accuracy=_judged(values, origins, of_reference, season),
        tested=len(origins),
        caveats=tuple(_caveats(values, origins, season, is_better)),
    )


def accuracy(actual: Sequence[float], forecast: Sequence[float], *, scale: float | None = None) -> Accuracy:
    """How wrong a forecast was. scale: the error of the reference inside of the series, see `scale_of`."""
    errors = [expected - came for expected, came in zip(forecast, actual, strict=True)]
    demand, absolute = sum(actual), sum(map(abs, errors))
    return Accuracy(
        wape=absolute / demand if demand else None,
        bias=sum(errors) / demand if demand else None,
        mase=absolute / len(errors) / scale if errors and scale else None,
    )


def scale_of(values: Sequence[float], season: int) -> float | None:
    """The mean absolute error of the value of one season earlier, of one period if no season fits; None for fewer than
    two values."""
    lag = season if len(values) > season else 1
    errors = [abs(later - earlier) for earlier, later in zip(values, values[lag:], strict=False)]
    return sum(errors) / len(errors) if errors else None


def _chosen(values: Sequence[float], origins: Sequence[int], steps: int, season: int) -> list[Candidate]:
    """The best candidate and those that are as good, the simplest first; without a test the simplest of all."""
    tried = list(candidates(values, season))
    if not origins:
        return tried[:1]
    errors = [_absolute_error(values, origins, one.forecaster(values, origins, steps)) for one in tried]
    limit = min(errors) * _AS_GOOD
    return [one for one, error in zip(tried, errors, strict=True) if error <= limit]


def _origins(known: int, horizon: int) -> tuple[Sequence[int], int]:
    steps = min(horizon, _STEPS_JUDGED)
    last = known - steps
    return range(max(_FIRST_ORIGIN, last - _ORIGINS_AT_MOST + 1), last + 1), steps


def _absolute_error(values: Sequence[float], origins: Sequence[int], forecasts: Forecasts) -> float:
    return sum(
        abs(one - values[origin + step])
        for origin, path in zip(origins, forecasts, strict=True)
        for step, one in enumerate(path)
    )


def _judged(values: Sequence[float], origins: Sequence[int], forecasts: Forecasts, season: int) -> Accuracy:
    came = [values[origin + step] for origin, path in zip(origins, forecasts, strict=True) for step in range(len(path))]
    return accuracy(came, [one for path in forecasts for one in path], scale=scale_of(values, season))


def _spread(values: Sequence[float], origins: Sequence[int], forecasts: Forecasts, horizon: int) -> list[float]:
    """Half the width of the band per period ahead: never narrower than before, and beyond the periods that were tested
    wider by the root of their distance. Without a test: the largest value known."""
    if not origins:
        return [float(max(values))] * horizon
    found: list[float] = []
    for step in range(horizon):
        if step < len(forecasts[0]):
            errors = sorted(abs(path[step] - values[o + step]) for o, path in zip(origins, forecasts, strict=True))
            rank = -(-len(errors) * BAND_PERCENT // 100)
            found.append(max(errors[rank - 1], found[-1] if found else 0.0))
        else:
            judged = len(forecasts[0])
            found.append(found[judged - 1] * ((step + 1) / judged) ** 0.5)
    return found


def _caveats(values: Sequence[float], origins: Sequence[int], season: int, is_better: bool) -> Iterator[Caveat]:
    if len(values) < _PERIODS_FOR_TRUST:
        yield Caveat.SHORT
    if sum(1 for value in values if value) < _SALES_FOR_TRUST:
        yield Caveat.RARE
    if not origins:
        yield Caveat.UNTESTED
    if not origins or origins[-1] < season:
        yield Caveat.SEASON_UNKNOWN
    if origins and not is_better:
        yield Caveat.NOT_BETTER_THAN_NAIVE
