"""The probability that two organisations are one, from the parts of their comparison and trained weights."""

import math
import tomllib
from enum import Enum
from functools import cache
from importlib.resources import files
from operator import mul

import msgspec

from libs.matching.organisation import Organisation, Prepared, prepare
from libs.matching.parts import PARTS, Vector, compare, contradicts

_LOGIT_AT_MOST = 30.0
_VISIBLE = 0.005  # logits; a smaller part is not told


class Verdict(Enum):
    """What follows from a probability."""

    CONFLICT = "CONFLICT"
    REVIEW = "REVIEW"
    APART = "APART"


class Part(msgspec.Struct, frozen=True):
    """A part of a comparison. logit: what it adds to the logarithm of the odds; above 0 it agrees, below 0 it
    differs."""

    name: str
    logit: float


class Score(msgspec.Struct, frozen=True):
    """How two organisations compare. parts: those that count, strongest first. contradicted: valid numbers of one
    register differ, and the probability is 0 for that reason alone."""

    probability: float
    verdict: Verdict
    parts: tuple[Part, ...]
    contradicted: bool = False


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Weights in the order of `PARTS`, and the probabilities from which a pair is a conflict and is shown for
    review."""

    weights: tuple[float, ...]
    conflict: float
    review: float

    def prepare(self, one: Organisation) -> Prepared:
        """The organisation, prepared for any number of comparisons."""
        return prepare(one)

    def logit(self, vector: Vector) -> float:
        """The logarithm of the odds that the pair of this vector is one organisation."""
        return math.fsum(map(mul, self.weights, vector))

    def probability(self, one: Prepared, other: Prepared) -> float:
        """The probability that both are one organisation; 0 if valid register numbers contradict. Symmetric."""
        if contradicts(one, other):
            return 0.0
        return self.probability_of(compare(one, other, self.logit))

    def probability_of(self, vector: Vector) -> float:
        """The probability that a pair of this vector is one organisation."""
        return _probability(self.logit(vector))

    def verdict(self, probability: float) -> Verdict:
        """What follows from a probability."""
        if probability >= self.conflict:
            return Verdict.CONFLICT
        return Verdict.REVIEW if probability >= self.review else Verdict.APART

    def score(self, one: Prepared, other: Prepared) -> Score:
        """The probability with the parts that make it."""
        contradicted = contradicts(one, other)
        vector = compare(one, other, self.logit)
        probability = 0.0 if contradicted else self.probability_of(vector)
        logits = map(mul, self.weights, vector)
        told = [Part(name, logit) for name, logit in zip(PARTS, logits, strict=True) if abs(logit) >= _VISIBLE]
        told.sort(key=lambda part: (-abs(part.logit), part.name))
        return Score(probability, self.verdict(probability), tuple(told), contradicted)


@cache
def trained() -> Model:
    """The model whose weights are committed beside this file."""
    found = tomllib.loads((files("libs.matching") / "weights.toml").read_text(encoding="utf-8"))
    return Model(
        weights=tuple(float(found["weights"].get(name, 0)) for name in PARTS),
        conflict=found["thresholds"]["conflict"],
        review=found["thresholds"]["review"],
    )


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-_LOGIT_AT_MOST, min(_LOGIT_AT_MOST, logit))))
