"""Records whose customers are written differently are proposed for a merge, part by part, unless a person judged."""

import pytest
from msgspec.structs import replace

from libs.errors import NotFound
from libs.matching import Verdict
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.conflicts.domain.keys import MatchKey
from services.deals.conflicts.domain.matching import Likeness as Near
from services.deals.customers.domain.customers import EndCustomer
from services.deals.customers.domain.proposals import MergeProposal, MergeProposalState, likeness
from services.deals.customers.jobs import propose
from services.deals.customers.reads import proposals_of
from services.deals.customers.usecases import merging, proposing
from services.deals.matching import usecases as matching
from services.deals.matching.domain.comparing import NearPart, NearPartName
from services.deals.matching.domain.judging import PairReason, PairVerdict
from tests.builders import a_call_of
from tests.component.deals.customers.telling import listed, settle
from tests.component.deals.harness import ACME, PARTNER, RIVAL, Harness, a_customer

MINE = Customer(legal_name="Krüger Pumpen GmbH & Co. KG", country="DE", domain="krueger.example")
THEIRS = Customer(legal_name="Kruger-Pumpen", country="DE", domain="pumpen.example")


async def claimed(harness: Harness, *customers: Customer) -> list[Registration]:
    """A claim on each, by partners in turn, and the records that follow."""
    partners = (PARTNER, RIVAL)
    made = [
        await harness.submit(await harness.draft(partners[place % 2], customer=one))
        for place, one in enumerate(customers)
    ]
    await settle(harness)
    return made


async def records(harness: Harness, *claims: Registration) -> list[EndCustomer]:
    """The vendor's records that these claims describe."""
    found = {row.described_by: row for row in await listed(harness)}
    return [found[reg.id] for reg in claims]


async def judge(harness: Harness, one: Registration, other: Registration, said: PairVerdict) -> None:
    await harness.run(
        matching.judge_pair,
        matching.JudgePair,
        registration_id=one.id,
        other_registration_id=other.id,
        verdict=said,
        reason=PairReason.OTHER_SPELLING if said is PairVerdict.SAME else PairReason.OTHER_SITE,
    )


async def found(harness: Harness, row: EndCustomer) -> list[MergeProposal]:
    """The proposals about a record after somebody had its duplicates looked for."""
    await harness.run(proposing.propose_merges, proposing.ProposeMerges, customer_id=row.id)
    return await proposals_of(harness.env, row.id)


async def test_two_spellings_are_proposed_once_with_what_agrees_and_what_differs(harness: Harness) -> None:
    mine, theirs, _ = await claimed(harness, MINE, THEIRS, a_customer("Somebody Else"))
    await propose(harness.env)
    one, other = await records(harness, mine, theirs)
    [proposal] = await found(harness, one)
    assert await found(harness, other) == [proposal]
    assert {proposal.one_id, proposal.other_id} == {one.id, other.id}
    assert (proposal.score, proposal.state) == (55, MergeProposalState.OPEN)  # 75, and 20 off for the domains
    assert [reason.key for reason in proposal.reasons] == [MatchKey.NEAR]
    assert [reason.key for reason in proposal.contradictions] == [MatchKey.DOMAIN]
    assert proposal.probability_basis_points > 9_200
    weights = {part.name: part.weight_thousandths for part in proposal.parts}
    assert weights[NearPartName.DOMAIN_DIFFERS] <= 0 < weights[NearPartName.SPELLING]


@pytest.mark.parametrize("customers", [(MINE, THEIRS), (ACME, replace(ACME, domain="acme-group.example"))])
async def test_a_pair_that_a_person_called_different_is_never_proposed(
    harness: Harness, customers: tuple[Customer, Customer]
) -> None:
    """Neither by a similar name nor by the same one; until the person says something else."""
    mine, theirs = await claimed(harness, *customers)
    await judge(harness, mine, theirs, PairVerdict.DIFFERENT)
    await propose(harness.env)
    one, other = await records(harness, mine, theirs)
    assert (await found(harness, one), await found(harness, other)) == ([], [])
    await judge(harness, mine, theirs, PairVerdict.SAME)
    [proposal] = await found(harness, one)
    assert (proposal.score, proposal.contradictions) == (100, ())
    assert proposal.reasons[0].key is MatchKey.JUDGED


async def test_a_record_that_is_merged_into_one_called_different_is_not_proposed_either(harness: Harness) -> None:
    mine, theirs, whole = await claimed(harness, MINE, THEIRS, a_customer("Somebody Else"))
    one, other, top = await records(harness, mine, theirs, whole)
    await judge(harness, mine, theirs, PairVerdict.DIFFERENT)
    await harness.run(merging.merge_customers, merging.MergeCustomers, id=other.id, into_id=top.id)
    assert await found(harness, one) == []


async def test_a_similar_record_is_proposed_by_the_top_of_its_tree(harness: Harness) -> None:
    mine, theirs, whole = await claimed(harness, MINE, THEIRS, a_customer("Somebody Else"))
    one, other, top = await records(harness, mine, theirs, whole)
    await harness.run(merging.merge_customers, merging.MergeCustomers, id=other.id, into_id=top.id)
    [proposal] = await found(harness, one)
    assert {proposal.one_id, proposal.other_id} == {one.id, top.id}


async def test_a_partner_sees_nothing_of_a_proposal(harness: Harness) -> None:
    """Its record, its version and its times are the same with and without a similar customer of a rival."""
    [mine] = await claimed(harness, MINE)
    await propose(harness.env)
    before = await listed(harness, PARTNER)
    harness.told.clear()
    theirs = await harness.submit(await harness.draft(RIVAL, customer=THEIRS))
    await settle(harness)
    await propose(harness.env)
    one, other = await records(harness, mine, theirs)
    assert len(await found(harness, one)) == 1
    assert await listed(harness, PARTNER) == before
    call = a_call_of(PARTNER)
    for hidden in (one.id, other.id):
        with pytest.raises(NotFound):
            await proposing.propose_merges(harness.env, proposing.ProposeMerges(call=call, customer_id=hidden))


def test_a_name_that_is_only_near_enough_for_a_review_counts_less_than_a_conflict() -> None:
    parts = (NearPart(NearPartName.SPELLING, 900),)
    near = Near(registration_id="", probability_basis_points=8_000, verdict=Verdict.REVIEW, parts=parts)
    one, other = Customer(legal_name="Kruger", country="DE"), Customer(legal_name="Kroger", country="DE")
    told = likeness(one, other, str, near=near)
    assert told is not None
    assert (told.score, told.probability_basis_points, told.parts) == (50, 8_000, parts)
    certain = likeness(one, other, str, near=replace(near, verdict=Verdict.CONFLICT))
    assert certain is not None
    assert certain.score == 75
    assert likeness(one, other, str, near=replace(near, verdict=Verdict.APART)) is None
    same = likeness(one, one, str, near=near)
    assert same is not None
    assert (same.score, same.probability_basis_points) == (75, 0)
