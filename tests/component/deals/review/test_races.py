"""Whoever comes at the same moment: rivals see each other, one is protected, nobody holds more than allowed."""

import asyncio
from collections import Counter

import pytest

from libs.errors import AppError
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.claims.domain.states import Review
from services.deals.conflicts.documents import ACCOUNTS, SLOTS
from services.deals.conflicts.domain.accounts import ClaimAccount, TooManyOpenClaims
from services.deals.conflicts.domain.overriding import CustomerProtected
from services.deals.settings import Policy
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer


@pytest.mark.parametrize("time", range(5))
async def test_of_two_rivals_submitted_at_once_the_later_one_sees_the_earlier(
    harness: Harness, replica: Harness, time: int
) -> None:
    mine, theirs = await harness.draft(), await harness.draft(RIVAL)
    mine, theirs = await asyncio.gather(harness.submit(mine), replica.submit(theirs))
    assert sorted([mine.conflict_count, theirs.conflict_count]) == [0, 1]
    told = [(name, body) for name, _, body in harness.events() + replica.events() if name == "ConflictFound"]
    assert len(told) == 1
    assert [one.registration_id for one in await harness.conflicts(mine)] == [theirs.id]
    assert [one.registration_id for one in await harness.conflicts(theirs)] == [mine.id]


@pytest.mark.parametrize("time", range(5))
async def test_of_two_rivals_approved_at_once_one_is_protected(harness: Harness, replica: Harness, time: int) -> None:
    claims = [await harness.claimed(), await harness.claimed(RIVAL)]
    done = await asyncio.gather(harness.approve(claims[0]), replica.approve(claims[1]), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Registration": 1, CustomerProtected.__name__: 1}
    assert Counter([(await harness.reg(one)).review for one in claims]) == {Review.APPROVED: 1, Review.UNDER_REVIEW: 1}


async def test_of_many_claims_submitted_at_once_as_many_stand_as_the_tier_allows(store: Store, keys: Keys) -> None:
    policy = Policy(claims_per_tier={"GOLD": 5}, claims_without_tier=2)
    replicas = [Harness(store, keys, policy=policy) for _ in range(2)]
    await replicas[0].partner(tier="GOLD")
    claims = [await replicas[0].draft(customer=a_customer(f"Customer {n}")) for n in range(12)]
    done = await asyncio.gather(*[replicas[n % 2].submit(one) for n, one in enumerate(claims)], return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Registration": 5, TooManyOpenClaims.__name__: 7}
    assert (await replicas[0].value(ACCOUNTS, PARTNER)).open_claims == 5
    now = [await replicas[0].reg(one) for one in claims]
    freed = next(one for one in now if one.review is Review.SUBMITTED)
    await replicas[0].withdraw(freed)
    refused = next(one for one in now if one.review is Review.DRAFT)
    assert (await replicas[0].submit(refused)).review is Review.SUBMITTED


async def test_many_partners_may_claim_one_customer_at_once(harness: Harness) -> None:
    claims = []
    for number in range(3, 10):
        partner = PARTNER[:-1] + str(number)
        await harness.partner(partner)
        claims.append(await harness.draft(partner))
    done = await asyncio.gather(*[harness.submit(one) for one in claims])
    assert sorted(one.conflict_count for one in done) == [0, 1, 2, 3, 4, 5, 6]


async def test_a_claim_is_withdrawn_or_approved_and_counted_once(harness: Harness, replica: Harness) -> None:
    reg = await harness.claimed()
    done = await asyncio.gather(harness.approve(reg), replica.withdraw(reg), return_exceptions=True)
    assert not [one for one in done if isinstance(one, BaseException) and not isinstance(one, AppError)]
    # Withdrawing is allowed after approval too, so whoever came first, the claim ends withdrawn and the account empty.
    assert (await harness.reg(reg)).review is Review.WITHDRAWN
    assert await harness.value(ACCOUNTS, PARTNER) == ClaimAccount(id=PARTNER, version=2, open_claims=0)
    assert [slot.claims for slot in [await harness.value(SLOTS, key) for key in reg.keys]] == [(), ()]


async def test_a_repeated_submission_counts_once(harness: Harness) -> None:
    reg = await harness.draft()
    answers = await asyncio.gather(*[harness.submit(reg, request_id="r") for _ in range(5)])
    assert {one.version for one in answers} == {2}
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 1
    assert harness.names() == ["RegistrationCreated", "RegistrationSubmitted"]
