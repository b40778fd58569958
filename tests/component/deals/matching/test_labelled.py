"""What near matches reach on labelled sets: claims on all customers of a set, and a search for each."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from libs.matching import Organisation, Verdict
from libs.store.port import create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer
from services.deals.claims.domain.states import Review
from services.deals.matching import usecases
from services.deals.matching.domain.index import CANDIDATES
from services.deals.matching.reads.filing import entry_writes, file_entries
from services.deals.matching.train.figures import Judged, figures
from services.deals.matching.train.sets import UNPROPOSED, LabelledSet, Pair, load
from tests.component.deals.harness import Harness
from tests.data import DATA, needs_data
from tests.unit.deals.registrations import a_registration

CLAIMS_AT_ONCE = 200
NEVER, ALWAYS = 0.0, 1.0
NAMES_AT_MOST = 6  # of a claim: the legal name and 5 trading names
ALIASES_FOUND, ALIASES_SHOWN = 0.96, 0.78
ANSWERED = (Verdict.APART, Verdict.REVIEW, Verdict.CONFLICT)


class Floor(NamedTuple):
    """What a set reaches through the index. recall: of CANDIDATES candidates. f1: of pairs shown for review; of the
    patents, whose largest owner has more names than an answer has places, of pairs and those that they link.
    precision: of conflicts."""

    recall: float
    f1: float
    precision: float = 0.97


FLOORS = {
    "patents": Floor(0.98, 0.75),
    "chicago": Floor(0.98, 0.96),
    "ofac": Floor(0.86, 0.62, 0.96),
    "taiwan": Floor(0.98, 0.92),
    "labelled": Floor(0.96, 0.85),
    UNPROPOSED: Floor(0.95, 0.88),
}


def _customer(one: Organisation) -> Customer:
    return Customer(
        legal_name=one.names[0],
        trading_names=one.names[1:],
        country=one.country,
        phone=one.phone,
        address=one.address,
        postal_code=one.postal_code,
    )


async def _claimed(harness: Harness, organisations: Sequence[Organisation]) -> dict[str, int]:
    """An open claim on each organisation, filed in the index: its place by the id of the claim."""
    places: dict[str, int] = {}
    writes = []
    for place, one in enumerate(organisations):
        reg = replace(
            a_registration(Review.SUBMITTED), id=harness.env.ids.new("reg"), customer=_customer(one), version=0
        )
        places[reg.id] = place
        writes += [create(REGISTRATIONS, reg), *await entry_writes(harness.env, reg)]
        if len(writes) >= CLAIMS_AT_ONCE:
            await harness.env.store.commit(writes)
            writes = []
    await harness.env.store.commit(writes)
    while await file_entries(harness.env):
        pass
    return places


def _once(of: LabelledSet) -> LabelledSet:
    """A set of pairs with each organisation once."""
    owners = dict(zip(of.organisations, of.groups, strict=True))
    at = {one: place for place, one in enumerate(owners)}
    both = [sorted((at[of.organisations[pair.left]], at[of.organisations[pair.right]])) for pair in of.pairs]
    pairs = [pair._replace(left=left, right=right) for pair, (left, right) in zip(of.pairs, both, strict=True)]
    return of._replace(organisations=list(owners), groups=list(owners.values()), sizes=[1] * len(owners), pairs=pairs)


async def _searched(harness: Harness, of: LabelledSet) -> dict[tuple[int, int], Verdict]:
    """The answer of a search for each organisation: the verdict on each pair, the asked one first."""
    places = await _claimed(harness, of.organisations)
    answers: dict[tuple[int, int], Verdict] = {}
    for id, place in places.items():
        found = await harness.look(usecases.find_near_matches, usecases.FindNearMatches, registration_id=id)
        assert len(found.matches) <= CANDIDATES
        answers |= {(place, places[one.registration_id]): one.verdict for one in found.matches}
    return answers


def _recall(of: LabelledSet, answers: dict[tuple[int, int], Verdict]) -> float:
    """The share of the true partners that were found, of as many as have room in an answer."""
    if of.recall is None:
        true = [(pair.left, pair.right) for pair in of.pairs if pair.same]
        asked = [*true, *((right, left) for left, right in true)]
        return sum(pair in answers for pair in asked) / len(asked)
    owned = Counter(of.groups)
    wanted = sum(min(CANDIDATES, owned[group] - 1) for group in of.groups)
    return sum(of.groups[one] == of.groups[other] for one, other in answers) / wanted


def _judged(of: LabelledSet, answers: dict[tuple[int, int], Verdict], least: Verdict) -> list[Judged]:
    """The pairs of the answers that have at least this verdict; of a set of pairs, those of the set."""
    found = {
        (min(pair), max(pair)) for pair, verdict in answers.items() if ANSWERED.index(verdict) >= ANSWERED.index(least)
    }
    if of.recall is None:
        return [Judged(pair, ALWAYS if (pair.left, pair.right) in found else NEVER) for pair in of.pairs]
    sizes, groups = of.sizes, of.groups
    pairs = [Pair(one, other, sizes[one] * sizes[other], groups[one] == groups[other]) for one, other in found]
    pairs += [Pair(place, place, size * (size - 1) // 2, True) for place, size in enumerate(sizes) if size > 1]
    return [Judged(pair, ALWAYS) for pair in pairs]


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("name", FLOORS)
async def test_the_figures_of_a_labelled_set_hold_through_the_index(
    harness: Harness, capsys: pytest.CaptureFixture[str], *, name: str
) -> None:
    [of] = load(Path(DATA), [name])
    of = _once(of) if of.recall is None else of
    floor, answers = FLOORS[name], await _searched(harness, of)
    recall = _recall(of, answers)
    review = figures(of, _judged(of, answers, Verdict.REVIEW), ALWAYS)
    conflict = figures(of, _judged(of, answers, Verdict.CONFLICT), ALWAYS)
    with capsys.disabled():
        told = {"review": review, "conflict": conflict}
        lines = [f"  {key}: {', '.join(f'{k} {v:.3f}' for k, v in one._asdict().items())}" for key, one in told.items()]
        print(f"\n{name}: candidate recall at {CANDIDATES} {recall:.3f}", *lines, sep="\n")  # noqa: T201
    assert recall >= floor.recall
    assert (review.linked if name == "patents" else review.f1) >= floor.f1
    assert conflict.precision >= floor.precision


@pytest.mark.slow
@needs_data
async def test_an_alias_finds_the_claim_that_has_other_names_of_its_owner(
    harness: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the sanctions list: a claim has each second name of an owner, the other names are searched for."""
    [of] = load(Path(DATA), ["ofac"])
    owned = defaultdict[str, list[Organisation]](list)
    for group, one in zip(of.groups, of.organisations, strict=True):
        owned[group].append(one)
    several = [names for names in owned.values() if len(names) > 1]
    claimed = [replace(names[0], names=tuple(one.names[0] for one in names[::2][:NAMES_AT_MOST])) for names in several]
    places = await _claimed(harness, claimed)
    asked = [(place, one) for place, names in enumerate(several) for one in names[1::2]]
    found = shown = 0
    for place, one in asked:
        answer = await harness.look(usecases.find_near_matches, usecases.FindNearMatches, customer=_customer(one))
        verdicts = [match.verdict for match in answer.matches if places[match.registration_id] == place]
        found += bool(verdicts)
        shown += any(verdict is not Verdict.APART for verdict in verdicts)
    with capsys.disabled():
        print(f"\naliases: {found / len(asked):.3f} found, {shown / len(asked):.3f} shown of {len(asked)}")  # noqa: T201
    assert found >= ALIASES_FOUND * len(asked)
    assert shown >= ALIASES_SHOWN * len(asked)
