"""Methods for series in which many periods are empty; functions as `methods` describes them.

Croston: how much is sold when something is sold, and how often that is, are smoothed apart. Its bias is corrected as
Syntetos and Boylan propose (SBA). TSB (Teunter, Syntetos, Babai) smooths the chance of a sale in every period, so that
the forecast falls while nothing is sold. ADIDA (Nikolopoulos and others) forecasts sums over as many periods as lie
between two sales on average. A series without any sale is forecast as zero.
"""

from collections.abc import Sequence

from services.orders.demand.domain.methods import Forecaster, Forecasts, smoothed

_CROSTON_ALPHA = 0.1
_LOW_ALPHA, _HIGH_ALPHA = 0.1, 0.3  # between these ADIDA looks for the smoothing that fits best
_ALPHA_TOLERANCE = 1e-7
_GOLDEN = (5**0.5 - 1) / 2


def croston_sba(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
    """Smoothed size over smoothed interval, times 0.95; the first interval begins before the first value."""
    rates, size, interval, since = [0.0], 0.0, 0.0, 1
    for value in values:
        if value and not interval:
            size, interval, since = value, float(since), 1
        elif value:
            size += _CROSTON_ALPHA * (value - size)
            interval += _CROSTON_ALPHA * (since - interval)
            since = 1
        else:
            since += 1
        rates.append((1 - _CROSTON_ALPHA / 2) * size / interval if interval else 0.0)
    return [[rates[origin]] * horizon for origin in origins]


def tsb(size_alpha: float, chance_alpha: float) -> Forecaster:
    """Smoothed size times smoothed chance of a sale."""

    def forecast(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
        chances = smoothed([1.0 if value else 0.0 for value in values], chance_alpha)
        rates, size = [0.0], 0.0
        for value, chance in zip(values, chances, strict=True):
            if value:
                size = size + size_alpha * (value - size) if size else float(value)
            rates.append(size * chance)
        return [[rates[origin]] * horizon for origin in origins]

    return forecast


def adida(values: Sequence[float], origins: Sequence[int], horizon: int) -> Forecasts:
    """Sums of as many periods as lie between two sales on average, the newest whole ones, smoothed with the constant
    that fits them best, and divided by that number of periods."""
    return [[_adida_rate(values[:origin])] * horizon for origin in origins]


def _adida_rate(values: Sequence[float]) -> float:
    sales = [place for place, value in enumerate(values, start=1) if value]
    if not sales:
        return 0.0
    level = round(sales[-1] / len(sales))
    sums = [sum(values[start : start + level]) for start in range(len(values) % level, len(values), level)]
    return smoothed(sums, _best_alpha(sums))[-1] / level


def _best_alpha(values: Sequence[float]) -> float:
    """The smoothing constant with the least squared error, by golden-section search."""
    low, high = _LOW_ALPHA, _HIGH_ALPHA
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = _squared_error(values, left), _squared_error(values, right)
    while high - low > _ALPHA_TOLERANCE:
        if at_left == at_right:  # so that a constant that changes nothing is the one in the middle
            return (low + high) / 2
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = _squared_error(values, left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = _squared_error(values, right)
    return (low + high) / 2


def _squared_error(values: Sequence[float], alpha: float) -> float:
    level, found = values[0], 0.0
    for value in values[1:]:
        error = value - level
        found += error * error
        level += alpha * error
    return found
