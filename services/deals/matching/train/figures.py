"""What a model reaches on a set: precision, recall and F1 of pairs, B-cubed F1 of the groups that the pairs make."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from services.deals.matching.train.sets import LabelledSet, Pair


class Figures(NamedTuple):
    """Of pairs; linked: F1 of pairs if two that are linked by others are a pair too; F1 of B-cubed of these groups."""

    precision: float
    recall: float
    f1: float
    linked: float
    b_cubed: float


class Judged(NamedTuple):
    """A pair with the probability that a model gave it."""

    pair: Pair
    probability: float


def figures(of: LabelledSet, judged: Sequence[Judged], threshold: float) -> Figures:
    """What the judged pairs reach if those of this probability or more count as one."""
    accepted = [one.pair for one in judged if one.probability >= threshold]
    right = sum(pair.records for pair in accepted if pair.same)
    precision, recall = _share(right, sum(pair.records for pair in accepted)), _share(right, of.true_pairs)
    return Figures(precision, recall, _f1(precision, recall), *_grouped(of, accepted))


def precision(judged: Sequence[Judged], threshold: float) -> float:
    """The share of pairs that are one among those of this probability or more."""
    accepted = [one.pair for one in judged if one.probability >= threshold]
    return _share(sum(pair.records for pair in accepted if pair.same), sum(pair.records for pair in accepted))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _f1(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _grouped(of: LabelledSet, accepted: Sequence[Pair]) -> tuple[float, float]:
    """F1 of pairs and of B-cubed, where accepted pairs and those linked by them are one group."""
    parent = list(range(len(of.groups)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for pair in accepted:
        parent[root(pair.left)] = root(pair.right)
    made, owned, both = Counter[int](), Counter[str](), defaultdict[tuple[int, str], int](int)
    for place, (group, size) in enumerate(zip(of.groups, of.sizes, strict=True)):
        made[root(place)] += size
        owned[group] += size
        both[root(place), group] += size
    right, told, true = (sum(size * (size - 1) // 2 for size in some.values()) for some in (both, made, owned))
    linked = _f1(_share(right, told), _share(right, true))
    total = sum(of.sizes)
    precise = sum(count * count / made[cluster] for (cluster, _), count in both.items()) / total
    complete = sum(count * count / owned[group] for (_, group), count in both.items()) / total
    return linked, _f1(precise, complete)
