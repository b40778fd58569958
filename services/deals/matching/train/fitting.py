"""Fits weights by logistic regression with a ridge and a sign for each weight, so that a part that agrees never counts
against a match.

Newton's method; each step is a quadratic problem with signs, which coordinate descent solves.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

RIDGE = 3.0
STEPS_AT_MOST = 40
SWEEPS_AT_MOST = 200
_STILL = 1e-5  # a sweep that moves no weight further has converged
_DONE = 1e-6  # share of the loss; a smaller gain ends the fit
_HALVINGS_AT_MOST = 14


class Example(NamedTuple):
    """A pair: its vector, whether it is one organisation, and how much it counts."""

    vector: Sequence[float]
    same: bool
    weight: float


class _Row(NamedTuple):
    """An example without its zeros."""

    places: tuple[int, ...]
    values: tuple[float, ...]
    same: float
    weight: float


def fit(examples: Sequence[Example], signs: Sequence[int]) -> list[float]:
    """A weight for each place of the vectors. signs: 1 for a weight that is never negative, -1 for one that is never
    positive, 0 for any."""
    rows = _rows(examples)
    weights = [0.0] * len(signs)
    loss = _loss(rows, weights)
    for _ in range(STEPS_AT_MOST):
        gradient, curve = _derivatives(rows, weights)
        target = _quadratic(weights, gradient, curve, signs=signs)
        step = 1.0
        for _ in range(_HALVINGS_AT_MOST):
            tried = [old + step * (new - old) for old, new in zip(weights, target, strict=True)]
            found = _loss(rows, tried)
            if found <= loss:
                break
            step /= 2
        if found > loss:
            break
        gain, weights, loss = loss - found, tried, found
        if gain < _DONE * loss:
            break
    return weights


def _rows(examples: Sequence[Example]) -> list[_Row]:
    """The examples; those that are alike are one row."""
    weights: dict[tuple[tuple[float, ...], bool], float] = {}
    for one in examples:
        alike = tuple(one.vector), one.same
        weights[alike] = weights.get(alike, 0.0) + one.weight
    return [_row(vector, same, weight=weight) for (vector, same), weight in weights.items()]


def _row(vector: Sequence[float], same: bool, *, weight: float) -> _Row:
    places = tuple(place for place, value in enumerate(vector) if value)
    return _Row(places, tuple(vector[place] for place in places), float(same), weight)


def _logit(row: _Row, weights: Sequence[float]) -> float:
    found = sum(weights[place] * value for place, value in zip(row.places, row.values, strict=True))
    return max(-30.0, min(30.0, found))


def _loss(rows: Sequence[_Row], weights: Sequence[float]) -> float:
    total = RIDGE / 2 * sum(one * one for one in weights)
    for row in rows:
        logit = _logit(row, weights)
        total += row.weight * (math.log1p(math.exp(logit)) - row.same * logit)
    return total


def _derivatives(rows: Sequence[_Row], weights: Sequence[float]) -> tuple[list[float], list[list[float]]]:
    """The gradient of the loss, and its matrix of second derivatives."""
    size = len(weights)
    gradient = [RIDGE * one for one in weights]
    curve = [[RIDGE if one == other else 0.0 for other in range(size)] for one in range(size)]
    for row in rows:
        probability = 1 / (1 + math.exp(-_logit(row, weights)))
        slope = row.weight * (probability - row.same)
        bend = row.weight * probability * (1 - probability)
        for place, value in zip(row.places, row.values, strict=True):
            gradient[place] += slope * value
            line, scaled = curve[place], bend * value
            for other, factor in zip(row.places, row.values, strict=True):
                line[other] += scaled * factor
    return gradient, curve


def _quadratic(
    weights: Sequence[float], gradient: Sequence[float], curve: Sequence[Sequence[float]], *, signs: Sequence[int]
) -> list[float]:
    """The weights with the right signs at which the quadratic approximation is least."""
    found, rest = list(weights), list(gradient)
    for _ in range(SWEEPS_AT_MOST):
        moved = 0.0
        for place, sign in enumerate(signs):
            wanted = found[place] - rest[place] / curve[place][place]
            change = (0.0 if sign * wanted < 0 else wanted) - found[place]
            if change:
                found[place] += change
                rest = [one + change * bent for one, bent in zip(rest, curve[place], strict=True)]
                moved = max(moved, abs(change))
        if moved < _STILL:
            break
    return found
