"""Records are proposed for a merge, merged, and separated again without loss."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, NotFound, WrongState
from services.deals.claims.domain.registration import Registration
from services.deals.customers.documents import CUSTOMERS
from services.deals.customers.domain.customers import EndCustomer
from services.deals.customers.domain.merging import CustomerMergedAlready, CustomerNotMerged, UndoTooLate
from services.deals.customers.domain.proposals import MergeProposal, MergeProposalState
from services.deals.customers.jobs import propose
from services.deals.customers.reads import proposals_of
from services.deals.customers.usecases import merging, proposing
from tests.component.deals.customers.telling import history, listed, settle, told
from tests.component.deals.harness import ACME, PARTNER, RIVAL, Harness, a_customer


async def record(harness: Harness, name: str, partner: str = PARTNER) -> tuple[EndCustomer, Registration]:
    """The vendor's record of a company with a claim of its own, and that claim."""
    reg = await harness.submit(await harness.draft(partner, customer=a_customer(name)))
    await settle(harness)
    harness.told.clear()
    return next(one for one in await listed(harness) if one.described_by == reg.id), reg


async def merge(harness: Harness, source: EndCustomer, target: EndCustomer) -> EndCustomer:
    return await harness.run(merging.merge_customers, merging.MergeCustomers, id=source.id, into_id=target.id)


async def undo(harness: Harness, row: EndCustomer) -> EndCustomer:
    return await harness.run(merging.undo_merge, merging.UndoMerge, id=row.id)


async def proposals(harness: Harness, row: EndCustomer) -> list[MergeProposal]:
    return await proposals_of(harness.env, row.id)


async def test_merges_chain_and_what_arrives_meanwhile_goes_back_to_its_own_side(harness: Harness) -> None:
    (a, one), (b, two), (c, three) = [await record(harness, name) for name in ("Aa", "Bb", "Cc")]
    await merge(harness, a, b)
    await merge(harness, b, c)
    assert [row.id for row in await listed(harness)] == [c.id]
    late = await harness.submit(await harness.draft(RIVAL, customer=a_customer("Aa")))
    await settle(harness)
    assert sorted(await history(harness, c.id)) == sorted([one.id, two.id, three.id, late.id])
    await undo(harness, b)
    assert await history(harness, c.id) == [three.id]
    assert sorted(await history(harness, b.id)) == sorted([one.id, two.id, late.id])
    await undo(harness, a)
    assert sorted(await history(harness, a.id)) == sorted([one.id, late.id])
    assert sorted(row.id for row in await listed(harness)) == sorted([a.id, b.id, c.id])


async def test_what_cannot_be_merged_or_undone_is_refused_with_the_reason(harness: Harness) -> None:
    (a, _), (b, _), (c, _) = [await record(harness, name) for name in ("Aa", "Bb", "Cc")]
    with pytest.raises(InvalidInput):
        await merge(harness, a, a)
    with pytest.raises(CustomerNotMerged):
        await undo(harness, a)
    merged = await merge(harness, a, b)
    assert await merge(harness, a, b) == merged
    for source, target in ((a, c), (c, a), (b, a)):
        with pytest.raises(CustomerMergedAlready):
            await merge(harness, source, target)
    (own,) = [row for row in await listed(harness, PARTNER) if row.customer_id == a.id]
    with pytest.raises(NotFound):
        await merge(harness, own, c)
    harness.days(90)
    assert (await undo(harness, a)).merged_into_id == ""
    await merge(harness, a, b)
    harness.clock.advance(timedelta(days=90, seconds=1))
    with pytest.raises(UndoTooLate):
        await undo(harness, a)


async def test_only_the_older_of_two_merged_customers_was_new_and_an_undo_restores_both(harness: Harness) -> None:
    rows = []
    for name in ("Aa", "Bb"):
        reg = await harness.convert(await harness.approved(customer=a_customer(name)))
        await settle(harness)
        rows.append(next(one for one in await listed(harness) if one.described_by == reg.id))
        harness.days(2)
    older, newer = rows
    harness.told.clear()
    await merge(harness, older, newer)
    events = dict(told(harness))
    assert events.keys() == {"CustomerMerged", "CustomerWon", "CustomerWinWithdrawn"}
    assert events["CustomerWinWithdrawn"].registration_id == newer.described_by
    assert events["CustomerWon"].registration_id == older.described_by
    await undo(harness, older)
    won = {body.customer_id: body.registration_id for name, body in told(harness) if name == "CustomerWon"}
    assert won == {older.id: older.described_by, newer.id: newer.described_by}


async def test_a_pair_that_shares_a_name_is_proposed_once_and_stays_as_a_person_judged_it(harness: Harness) -> None:
    for customer in (ACME, replace(ACME, domain="acme-group.example"), a_customer("Somebody Else")):
        await harness.submit(await harness.draft(customer=customer))
    await settle(harness)
    assert (await propose(harness.env), await propose(harness.env)) == (3, 0)
    a, b = await listed(harness, customer_name="acme")
    (found,) = await proposals(harness, a)
    assert (await proposals(harness, b), found.score) == ([found], 55)
    assert [one.key.name for one in (*found.reasons, *found.contradictions)] == ["NAME", "DOMAIN"]
    dismissed = await harness.run(proposing.dismiss_proposal, proposing.DismissProposal, id=found.id)
    await harness.run(proposing.propose_merges, proposing.ProposeMerges, customer_id=a.id)
    assert await proposals(harness, a) == [dismissed]
    await merge(harness, a, b)
    (merged,) = await proposals(harness, a)
    assert merged.state is MergeProposalState.MERGED
    with pytest.raises(WrongState):
        await harness.run(proposing.dismiss_proposal, proposing.DismissProposal, id=found.id)
    await undo(harness, a)
    await harness.run(proposing.propose_merges, proposing.ProposeMerges, customer_id=a.id)
    assert [one.state for one in await proposals(harness, b)] == [MergeProposalState.DISMISSED]
    assert (await harness.value(CUSTOMERS, a.id)).customer == a.customer
