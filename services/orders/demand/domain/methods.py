"""Methods that forecast a series from its own past.

Each method is a function `(values, origins, horizon)`. For every origin it returns the forecasts of the next `horizon`
periods from the first `origin` values alone, so one pass over the series gives what rolling-origin evaluation needs.
values: demand of consecutive periods, the oldest first, none negative. origins: each at least 1, at most len(values).
"""

from collections.abc import Callable, Sequence
from enum import Enum

Forecasts = list[list[float]]
Forecaster = Callable[[Sequence[float], Sequence[int], int], Forecasts]


class Method(Enum):
    """How a series is forecast, the simplest first."""

    NAIVE = "NAIVE"
    SEASONAL_NAIVE = "SEASONAL_NAIVE"
    SMOOTHING = "SMOOTHING"
    CROSTON_SBA = "CROSTON_SBA"
    TSB = "TSB"
    ADIDA = "ADIDA"
    SEASONAL_SMOOTHING = "SEASONAL_SMOOTHING"
    BLEND = "BLEND"


def naive(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
    """The last value."""
    return [[values[origin - 1]] * horizon for origin in origins]


def seasonal_naive(season: int) -> Forecaster:
    """The value of one season earlier; the last value while no whole season is known."""

    def forecast(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
        return [
            [values[origin - season + step % season] for step in range(horizon)]
            if origin >= season
            else [values[origin - 1]] * horizon
            for origin in origins
        ]

    return forecast


def smoothing(alpha: float) -> Forecaster:
    """Simple exponential smoothing that starts with the first value."""

    def forecast(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
        levels = smoothed(values, alpha)
        return [[levels[origin - 1]] * horizon for origin in origins]

    return forecast


def seasonal_smoothing(season: int, alpha: float, gamma: float) -> Forecaster:
    """A smoothed level and smoothed additive deviations of each period of the season, without a trend; both start with
    the first season. As `naive` while no whole season is known."""

    def forecast(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
        last, asked = max(origins), frozenset(origins)
        found = {origin: [values[origin - 1]] * horizon for origin in origins if origin < season}
        level = sum(values[:season]) / season
        deviations = [value - level for value in values[:season]]
        for origin in range(season, last + 1):
            if origin > season:
                place = (origin - 1) % season
                error = values[origin - 1] - level - deviations[place]
                level += alpha * error
                deviations[place] += gamma * error
            if origin in asked:
                ahead = (level + deviations[(origin + step) % season] for step in range(horizon))
                found[origin] = [max(0.0, one) for one in ahead]
        return [found[origin] for origin in origins]

    return forecast


def blend(*forecasters: Forecaster) -> Forecaster:
    """The mean of several methods."""

    def forecast(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
        each = [one(values, origins, horizon) for one in forecasters]
        return [[sum(steps) / len(steps) for steps in zip(*paths, strict=True)] for paths in zip(*each, strict=True)]

    return forecast


def smoothed(values: Sequence[float], alpha: float) -> list[float]:
    """The level after each value."""
    level = float(values[0])
    levels = [level]
    for value in values[1:]:
        level += alpha * (value - level)
        levels.append(level)
    return levels
