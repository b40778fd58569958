"""What jobs do to claims: each thing once, however many replicas sweep."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.partner import PartnerStatus
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Store, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Activity, Customer, Registration
from services.deals.claims.domain.states import ActivityType, ClosureCode, Review
from services.deals.conflicts.documents import ACCOUNTS, SLOTS
from services.deals.protection import usecases as protection
from services.deals.protection.jobs import cancel_claims_of_terminated, expire_protection, warn_of_expiries
from services.deals.settings import Policy
from tests.builders import NOW, a_call, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer
from tests.component.replica import body_of


def _customer(number: int) -> Customer:
    return a_customer(f"Customer {number}")


async def _extend(harness: Harness, reg: Registration) -> Registration:
    proof = (Activity(type=ActivityType.MEETING, date=harness.clock.now().date()),)
    command = protection.ExtendProtection
    return await harness.run(protection.extend_protection, command, id=reg.id, activities=proof)


async def test_protection_ends_when_its_time_has_come_and_frees_what_the_claim_held(harness: Harness) -> None:
    reg = await harness.approved()
    harness.clock.advance(timedelta(days=90, microseconds=-1))
    assert await expire_protection(harness.env) == 0
    harness.clock.advance(timedelta(microseconds=1))
    harness.events()
    assert await expire_protection(harness.env) == 1
    assert await expire_protection(harness.env) == 0
    expired = await harness.reg(reg)
    now = NOW + timedelta(days=90)
    assert (expired.review, expired.close_time, expired.protected_until) == (Review.EXPIRED, now, now)
    gone = pb.RegistrationExpired(registration_id=reg.id, partner_id=PARTNER)
    assert harness.events() == [("RegistrationExpired", expired.version, gone)]
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert [(await harness.value(SLOTS, key)).claims for key in reg.keys] == [(), ()]


async def test_the_partner_is_warned_once_and_once_more_after_an_extension(harness: Harness) -> None:
    reg = await harness.approved()
    harness.clock.advance(timedelta(days=76, microseconds=-1))
    assert await warn_of_expiries(harness.env) == 0
    harness.clock.advance(timedelta(microseconds=1))
    harness.events()
    assert [await warn_of_expiries(harness.env) for _ in range(2)] == [1, 0]
    await _extend(harness, reg)
    assert await warn_of_expiries(harness.env) == 0
    harness.days(60)
    assert [await warn_of_expiries(harness.env) for _ in range(2)] == [1, 0]
    assert harness.names() == ["RegistrationExpiryWarned", "RegistrationExtended", "RegistrationExpiryWarned"]


async def test_nobody_is_warned_of_an_end_that_was_moved_while_the_sweep_was_under_way(harness: Harness) -> None:
    reg = await harness.approved()
    harness.days(80)
    await _extend(harness, reg)
    harness.events()
    sweep = protection.Sweep(call=a_call(), id=reg.id)
    assert not (await harness.env.run(protection.warn_of_expiry, sweep)).expiry_warned
    assert harness.events() == []


async def test_what_has_ended_is_not_warned_of(harness: Harness) -> None:
    await harness.approved()
    harness.days(90)
    harness.events()
    assert await warn_of_expiries(harness.env) == 0
    assert await expire_protection(harness.env) == 1
    assert harness.names() == ["RegistrationExpired"]


async def test_the_open_claims_of_a_terminated_partner_end_and_nobody_elses(harness: Harness) -> None:
    draft = await harness.draft(customer=_customer(1))
    claims = [
        await harness.submit(await harness.draft(customer=_customer(2))),
        await harness.claimed(customer=_customer(3)),
        await harness.approved(customer=_customer(4)),
    ]
    won = await harness.convert(await harness.approved(customer=_customer(5)))
    other = await harness.claimed(RIVAL, customer=_customer(6))
    await harness.partner(status=PartnerStatus.TERMINATED, facts_version=2)
    harness.events()
    assert [await cancel_claims_of_terminated(harness.env) for _ in range(2)] == [3, 0]
    ended = [await harness.reg(one) for one in claims]
    assert {(one.review, one.closure_code) for one in ended} == {(Review.CANCELED, ClosureCode.INELIGIBLE)}
    assert [(await harness.reg(one)).review for one in (draft, won, other)] == (
        [Review.DRAFT, Review.CONVERTED, Review.UNDER_REVIEW]
    )
    code = pb.CLOSURE_CODE_INELIGIBLE
    assert [(name, body) for name, _, body in sorted(harness.events(), key=str)] == [
        ("RegistrationCanceled", pb.RegistrationCanceled(registration_id=id, partner_id=PARTNER, closure_code=code))
        for id in sorted(one.id for one in claims)
    ]
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 0


async def test_a_claim_ends_however_many_partners_were_terminated(harness: Harness) -> None:
    last = an_id("ptn", 9)
    await harness.partner(last)
    reg = await harness.claimed(last)
    await harness.partner(last, PartnerStatus.TERMINATED, facts_version=2)
    for number in range(210):
        await harness.partner(f"ptn_local_{number:026d}", PartnerStatus.TERMINATED)
    assert await cancel_claims_of_terminated(harness.env) == 1
    assert (await harness.reg(reg)).review is Review.CANCELED


async def test_replicas_that_sweep_at_once_move_each_claim_once(harness: Harness, replica: Harness) -> None:
    claims = [await harness.approved(customer=_customer(number)) for number in range(40)]
    harness.days(76)
    jobs = (warn_of_expiries, expire_protection)
    for job in jobs:
        harness.days(14 if job is expire_protection else 0)
        harness.events()
        replica.events()
        while sum(await asyncio.gather(job(harness.env), job(replica.env))):
            pass
        heard = [body_of(one).registration_id for one in harness.told + replica.told]  # type: ignore[attr-defined]  # has
        assert sorted(heard) == sorted(one.id for one in claims)
    assert {(await harness.reg(one)).review for one in claims} == {Review.EXPIRED}
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 0


@pytest.mark.parametrize("job", [expire_protection, warn_of_expiries, cancel_claims_of_terminated])
async def test_with_nothing_due_nothing_moves(harness: Harness, job: object) -> None:
    await harness.approved()
    harness.events()
    assert callable(job)
    assert await job(harness.env) == 0
    assert harness.events() == []


async def test_the_policy_says_how_long(store: Store, keys: Keys) -> None:
    policy = Policy(protection=timedelta(days=10), expiry_warning=timedelta(days=2), extension=timedelta(days=5))
    harness = Harness(store, keys, policy=policy)
    await harness.partner()
    reg = await harness.approved()
    assert reg.protected_until == NOW + timedelta(days=10)
    harness.days(8)
    assert await warn_of_expiries(harness.env) == 1
    assert (await _extend(harness, reg)).protected_until == NOW + timedelta(days=15)


async def test_a_claim_that_never_counted_leaves_the_account_at_nothing(harness: Harness) -> None:
    reg = await harness.approved()
    account = await get(harness.env.store, ACCOUNTS, PARTNER)
    assert account is not None
    await harness.env.store.commit([account.put(replace(account.value, open_claims=0))])
    await harness.withdraw(reg)
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert (await harness.value(REGISTRATIONS, reg.id)).review is Review.WITHDRAWN
