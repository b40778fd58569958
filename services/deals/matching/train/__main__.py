"""Trains the weights of near matches on labelled sets, measures them, and writes them beside the model.

Run by hand: `python -m services.deals.matching.train ../shared/data [judged.csv]`. Some minutes on one core.
judged.csv: pairs that persons have judged (`judged.py`); those that the model had shown are trained on too, and a
figure of the others is given beside.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import libs.matching
from libs.company_name import name_form
from libs.matching import Model, trained
from libs.matching.organisation import prepare
from libs.matching.parts import PARTS, Vector, compare, contradicts
from libs.organisation import phone_number
from services.deals.matching.train.figures import Figures, Judged, figures, precision
from services.deals.matching.train.fitting import Example, fit
from services.deals.matching.train.judged import JUDGED_SET, JUDGED_UNSHOWN, judged_sets
from services.deals.matching.train.sets import FOLDS, UNPROPOSED, LabelledSet, Pair, load

COMMAND = "python -m services.deals.matching.train ../shared/data"
REVIEW = 0.75
CONFLICT_LEAST = 0.9
PRECISION_AT_CONFLICT = 0.97  # in each set, cross-validated
_STEP = 0.005
_CONFLICT_AT_MOST = 0.99
PAIRS_AT_MOST = 8_000  # of each kind and set, in a fit
EXAMPLES_WEIGH = 10_000.0  # all of a set
# How much a set counts beside the others.
SHARES = {"patents": 1.2, "chicago": 2.0, "ofac": 1.6, "taiwan": 0.5, "labelled": 1.0, JUDGED_SET: 1.0}
# The share of pairs that are one, by weight. The wrong pairs of Taiwan are the hardest of each company: in a store most
# are easier, but a short name that begins as another company's full name must not be a conflict.
PRIORS = {"taiwan": 0.35}
# The sets have no web domains or register numbers of the same organisation twice; these weights are set by judgement.
JUDGED = {"domain_same": 3.5, "domain_differs": -0.5, "domain_is_name": 2.5, "register_number_same": 8.0}


class _Compared(NamedTuple):
    """A set with the vector of each pair; None for a pair whose register numbers contradict, which is never one."""

    of: LabelledSet
    vectors: Sequence[Vector | None]


def main(folder: Path, *files: Path) -> None:
    """Train, measure by cross-validation and on each set left out, write the weights. files: of judged pairs."""
    sets = [_compared(one) for one in (*load(folder), *(one for file in files for one in judged_sets(file)))]
    folded = [_train(sets, without=fold) for fold in range(FOLDS)]
    judged = {one.of.name: _judge(one, folded) for one in sets}
    conflict = _threshold(judged.values())
    model = _train(sets)
    told: dict[str, dict[str, float]] = {}
    for one in sets:
        name = one.of.name
        told[name] = _figures(one.of, judged[name], conflict)
        if name in SHARES:
            unseen = _train([other for other in sets if other.of.name not in (name, _twin(name))])
            told[name]["f1_review_set_left_out"] = figures(one.of, _judge(one, [unseen]), REVIEW).f1
        sys.stdout.write(f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in told[name].items()) + "\n")
        sys.stdout.flush()
    _write(model, conflict, told)


def _twin(name: str) -> str:
    return {"labelled": UNPROPOSED, JUDGED_SET: JUDGED_UNSHOWN}.get(name, "")


def _compared(of: LabelledSet) -> _Compared:
    """The set, compared. Of several names, the present weights choose those that agree best."""
    prepared = [prepare(one) for one in of.organisations]
    pairs = ((prepared[pair.left], prepared[pair.right]) for pair in of.pairs)
    choosing = trained().logit
    return _Compared(of, [None if contradicts(*pair) else compare(*pair, choosing) for pair in pairs])


def _train(sets: Sequence[_Compared], *, without: int | None = None) -> Model:
    examples = [one for some in sets if some.of.name in SHARES for one in _examples(some, without)]
    weights = zip(PARTS, fit(examples, tuple(PARTS.values())), strict=True)
    return Model(
        weights=tuple(JUDGED.get(name, round(weight, 3)) for name, weight in weights), conflict=1.0, review=REVIEW
    )


def _examples(some: _Compared, without: int | None) -> Iterator[Example]:
    """The pairs of a set that are trained on: as many of each kind as fit, pairs of both kinds weigh the same."""
    of = some.of
    every = [one for one in zip(of.pairs, some.vectors, strict=True) if without is None or _apart(of, one[0], without)]
    for same in (True, False):
        found = [(pair, vector) for pair, vector in every if pair.same is same and vector is not None]
        chosen = sorted(found, key=lambda one: _drawn(one[0]))[:PAIRS_AT_MOST]
        prior = PRIORS.get(of.name, 0.5)
        weight = SHARES[of.name] * EXAMPLES_WEIGH * (prior if same else 1 - prior) / max(1, len(chosen))
        for _, vector in chosen:
            yield Example(vector, same, weight)


def _apart(of: LabelledSet, pair: Pair, fold: int) -> bool:
    return of.fold(pair.left) != fold and of.fold(pair.right) != fold


def _drawn(pair: Pair) -> bytes:
    return sha256(f"{pair.left} {pair.right}".encode()).digest()


def _judge(some: _Compared, models: Sequence[Model]) -> list[Judged]:
    """Each pair with the probability of a model that did not see its first owner; of the only model, if it is one."""
    found = []
    for pair, vector in zip(some.of.pairs, some.vectors, strict=True):
        model = models[some.of.fold(pair.left) if len(models) > 1 else 0]
        found.append(Judged(pair, model.probability_of(vector) if vector is not None else 0.0))
    return found


def _threshold(judged: Iterable[Sequence[Judged]]) -> float:
    """The least probability, in steps, at which every set has the precision wanted."""
    every = list(judged)
    threshold = CONFLICT_LEAST
    while threshold < _CONFLICT_AT_MOST and any(precision(one, threshold) < PRECISION_AT_CONFLICT for one in every):
        threshold = round(threshold + _STEP, 3)
    return threshold


def _figures(of: LabelledSet, judged: Sequence[Judged], conflict: float) -> dict[str, float]:
    review, certain, exact = figures(of, judged, REVIEW), figures(of, judged, conflict), _exact(of)
    told = {
        "f1_review": review.f1,
        "precision_review": review.precision,
        "recall_review": review.recall,
        "b_cubed_f1_review": review.b_cubed,
        "precision_conflict": certain.precision,
        "recall_conflict": certain.recall,
        "b_cubed_f1_conflict": certain.b_cubed,
        "precision_exact_keys": exact.precision,
        "recall_exact_keys": exact.recall,
    }
    return told if of.recall is None else {**told, "candidate_recall_at_50": of.recall}


def _exact(of: LabelledSet) -> Figures:
    """What pairs reach that share the exact key of the name, and of the phone where the set has phones."""
    names = [name_form(one.names[0], one.country) for one in of.organisations]
    phones = [phone_number(one.phone, one.country) if one.phone else "" for one in of.organisations]
    keyed = any(phones)

    def same(pair: Pair) -> bool:
        alike = names[pair.left] == names[pair.right]
        return alike and (not keyed or (bool(phones[pair.left]) and phones[pair.left] == phones[pair.right]))

    return figures(of, [Judged(pair, float(same(pair))) for pair in of.pairs], 1.0)


def _write(model: Model, conflict: float, told: Mapping[str, Mapping[str, float]]) -> None:
    folder = Path(libs.matching.__file__).parent
    lines = [f"# Made by: {COMMAND}", "# Figures are cross-validated by owner.", "", "[thresholds]"]
    lines += [f"conflict = {conflict}", f"review = {REVIEW}", "", "[weights]"]
    lines += [f"{name} = {weight:g}" for name, weight in zip(PARTS, model.weights, strict=True)]
    for name, figure in told.items():
        lines += ["", f"[figures.{name}]", *(f"{key} = {value:.3f}" for key, value in figure.items())]
    (folder / "weights.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
