"""The fit finds the odds that the examples have, and keeps the sign of each weight; figures count pairs of records."""

import math
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from libs.matching import Organisation, Verdict, trained
from services.deals.matching.train.__main__ import PRECISION_AT_CONFLICT
from services.deals.matching.train.figures import Judged, figures
from services.deals.matching.train.fitting import Example, fit
from services.deals.matching.train.judged import COLUMNS, judged_sets
from services.deals.matching.train.sets import UNPROPOSED, LabelledSet, Pair, load
from tests.data import DATA, needs_data

# Pairs of the real sets that a test reads.
PAIRS_AT_MOST = 400


def test_weights_are_the_odds_of_the_examples() -> None:
    examples = [
        Example((1.0, 0.0), True, 2_000.0),
        Example((1.0, 0.0), False, 8_000.0),
        Example((1.0, 1.0), True, 9_000.0),
        Example((1.0, 1.0), False, 1_000.0),
    ]
    base, part = fit(examples, (0, 1))
    assert base == pytest.approx(math.log(0.25), abs=0.02)
    assert base + part == pytest.approx(math.log(9), abs=0.02)


def test_a_part_that_agrees_never_counts_against_a_match() -> None:
    examples = [Example((1.0, 1.0), False, 900.0), Example((1.0, 0.0), True, 100.0)]
    assert fit(examples, (0, 1))[1] == 0


def test_figures_count_pairs_of_records_and_groups() -> None:
    names = [Organisation(names=(name,)) for name in ("a", "b", "c")]
    pairs = (Pair(0, 1, 2, True), Pair(0, 2, 2, False), Pair(0, 0, 1, True))
    some = LabelledSet("some", names, ("x", "x", "y"), (2, 1, 1), pairs, 3)
    found = figures(some, [Judged(pairs[0], 0.9), Judged(pairs[1], 0.8), Judged(pairs[2], 0.1)], 0.75)
    assert (found.precision, found.recall) == (0.5, 2 / 3)
    assert found.f1 == pytest.approx(4 / 7)
    assert found.b_cubed == pytest.approx(2 * 0.625 / 1.625)


# The least F1 of pairs that are shown for a review, cross-validated.
F1_AT_REVIEW = {"patents": 0.82, "chicago": 0.96, "labelled": 0.85, "taiwan": 0.92, "ofac": 0.62}


def test_the_committed_weights_reach_what_is_asked_of_each_set() -> None:
    told = tomllib.loads((files("libs.matching") / "weights.toml").read_text(encoding="utf-8"))["figures"]
    assert {name: found for name, least in F1_AT_REVIEW.items() if (found := told[name]["f1_review"]) < least} == {}
    for name, one in told.items():
        assert one["precision_conflict"] >= PRECISION_AT_CONFLICT, name
        assert one["recall_conflict"] > one["recall_exact_keys"], name
        assert one["b_cubed_f1_review"] > 0, name
    assert UNPROPOSED in told


@needs_data
def test_a_verdict_of_conflict_is_right_on_real_names() -> None:
    model = trained()
    for some in load(DATA, only=("taiwan", "labelled")):
        prepared = [model.prepare(one) for one in some.organisations[: 2 * PAIRS_AT_MOST]]
        pairs = some.pairs[:PAIRS_AT_MOST]
        certain = [
            pair.same
            for pair in pairs
            if model.verdict(model.probability(prepared[pair.left], prepared[pair.right])) is Verdict.CONFLICT
        ]
        assert sum(certain) >= PRECISION_AT_CONFLICT * len(certain), some.name


def test_judged_pairs_are_a_set_and_those_that_the_model_had_not_shown_another(tmp_path: Path) -> None:
    path = tmp_path / "judged.csv"
    shown = "Krueger,DE,,,,a.example,Kruger,DE,,,,b.example,SAME,true"
    found = "Nordtruck,SE,,,,,Svenska Lastbilar,SE,,,,,DIFFERENT,false"
    path.write_text("\n".join((",".join(COLUMNS), shown, found)), encoding="utf-8")
    every, unproposed = judged_sets(path)
    assert [(one.name, [pair.same for pair in one.pairs]) for one in (every, unproposed)] == [
        ("judged", [True, False]),
        ("judged_unproposed", [False]),
    ]
    assert every.organisations[1] == Organisation(names=("Kruger",), country="DE", domain="b.example")
    path.write_text("name\n", encoding="utf-8")
    with pytest.raises(ValueError, match="must have the columns"):
        judged_sets(path)
