"""What near matches reach on labelled sets: claims on all customers of a set, and a search for each."""

from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.matching import Organisation, Verdict
from libs.store.port import create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer
from services.deals.claims.domain.states import Review
from services.deals.matching import usecases
from services.deals.matching.reads.filing import entry_writes, file_entries
from services.deals.matching.train.sets import RECALL_AT, LabelledSet, load
from tests.component.deals.harness import Harness
from tests.data import DATA, needs_data
from tests.unit.deals.registrations import a_registration

CLAIMS_AT_ONCE = 200


def _customer(one: Organisation) -> Customer:
    return Customer(
        legal_name=one.names[0],
        country=one.country,
        phone=one.phone,
        address=one.address,
        postal_code=one.postal_code,
    )


async def _claimed(harness: Harness, of: LabelledSet) -> dict[str, int]:
    """An open claim on each organisation of a set, filed in the index: its place by the id of the claim."""
    places: dict[str, int] = {}
    writes = []
    for place, one in enumerate(of.organisations):
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


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("name", "recall", "f1"), [("chicago", 0.97, 0.95), ("ofac", 0.75, 0.55)])
async def test_the_figures_of_a_labelled_set_hold_through_the_index(
    harness: Harness, capsys: pytest.CaptureFixture[str], *, name: str, recall: float, f1: float
) -> None:
    [of] = load(Path(DATA), [name])
    places = await _claimed(harness, of)
    owned = Counter(of.groups)
    hit = wanted = 0
    accepted = set[tuple[int, int]]()
    for id, place in places.items():
        found = await harness.look(usecases.find_near_matches, usecases.FindNearMatches, registration_id=id)
        others = [(places[one.registration_id], one.verdict) for one in found.matches]
        hit += sum(of.groups[other] == of.groups[place] for other, _ in others)
        wanted += min(RECALL_AT, owned[of.groups[place]] - 1)
        accepted |= {
            (min(place, other), max(place, other)) for other, verdict in others if verdict is not Verdict.APART
        }
    right = sum(of.groups[one] == of.groups[other] for one, other in accepted)
    reached = 2 * right / (len(accepted) + of.true_pairs)
    with capsys.disabled():
        print(f"\n{name}: candidate recall at {RECALL_AT} {hit / wanted:.3f}, F1 {reached:.3f}")  # noqa: T201
    assert hit / wanted >= recall
    assert reached >= f1
