"""What the clock does to claims: each thing once, however many replicas sweep."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.partner import PartnerStatus
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Held, Store
from services.deals.documents import ACCOUNTS, REGISTRATIONS, SLOTS
from services.deals.domain.registration import Activity, Customer, Registration
from services.deals.domain.states import ActivityType, ClosureCode, Review
from services.deals.jobs import breach_decisions, cancel_claims_of_terminated, expire_protection, warn_of_expiries
from services.deals.usecases import decisions, protection
from services.deals.usecases.settings import Policy
from tests.builders import NOW, a_call, an_id
from tests.component.deals.desk import PARTNER, RIVAL, Desk, a_customer
from tests.component.replica import body_of


def _customer(number: int) -> Customer:
    return a_customer(f"Customer {number}")


async def _extend(desk: Desk, reg: Registration) -> Registration:
    proof = (Activity(type=ActivityType.MEETING, date=desk.clock.now().date()),)
    command = protection.ExtendProtection
    return await desk.run(protection.extend_protection, command, id=reg.id, activities=proof)


async def test_protection_ends_when_its_time_has_come_and_frees_what_the_claim_held(desk: Desk) -> None:
    reg = await desk.approved()
    desk.clock.advance(timedelta(days=90, microseconds=-1))
    assert await expire_protection(desk.env) == 0
    desk.clock.advance(timedelta(microseconds=1))
    desk.events()
    assert await expire_protection(desk.env) == 1
    assert await expire_protection(desk.env) == 0
    expired = await desk.reg(reg)
    now = NOW + timedelta(days=90)
    assert (expired.review, expired.close_time, expired.protected_until) == (Review.EXPIRED, now, now)
    gone = pb.RegistrationExpired(registration_id=reg.id, partner_id=PARTNER)
    assert desk.events() == [("RegistrationExpired", expired.version, gone)]
    assert (await desk.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert [(await desk.value(SLOTS, key)).claims for key in reg.keys] == [(), ()]


async def test_the_partner_is_warned_once_and_once_more_after_an_extension(desk: Desk) -> None:
    reg = await desk.approved()
    desk.clock.advance(timedelta(days=76, microseconds=-1))
    assert await warn_of_expiries(desk.env) == 0
    desk.clock.advance(timedelta(microseconds=1))
    desk.events()
    assert [await warn_of_expiries(desk.env) for _ in range(2)] == [1, 0]
    await _extend(desk, reg)
    assert await warn_of_expiries(desk.env) == 0
    desk.days(60)
    assert [await warn_of_expiries(desk.env) for _ in range(2)] == [1, 0]
    assert desk.names() == ["RegistrationExpiryWarned", "RegistrationExtended", "RegistrationExpiryWarned"]


async def test_nobody_is_warned_of_an_end_that_was_moved_while_the_sweep_was_under_way(desk: Desk) -> None:
    reg = await desk.approved()
    desk.days(80)
    await _extend(desk, reg)
    desk.events()
    sweep = protection.Sweep(call=a_call(), id=reg.id)
    assert not (await desk.env.run(protection.warn_of_expiry, sweep)).expiry_warned
    assert desk.events() == []


async def test_what_has_ended_is_not_warned_of(desk: Desk) -> None:
    await desk.approved()
    desk.days(90)
    desk.events()
    assert await warn_of_expiries(desk.env) == 0
    assert await expire_protection(desk.env) == 1
    assert desk.names() == ["RegistrationExpired"]


async def test_a_missed_decision_is_told_once_also_when_the_claim_comes_again(desk: Desk) -> None:
    waiting = await desk.submit(await desk.draft())
    reviewed = await desk.claimed(RIVAL)
    asked = await desk.claimed(customer=_customer(3))
    command = decisions.RequestChanges
    await desk.run(decisions.request_changes, command, id=asked.id, requested_fields=("lines",))
    await desk.approved(customer=_customer(4))
    due = waiting.decision_due_time
    assert due is not None
    desk.clock.advance(due - NOW - timedelta(microseconds=1))
    assert await breach_decisions(desk.env) == 0
    desk.clock.advance(timedelta(microseconds=1))
    desk.events()
    assert [await breach_decisions(desk.env) for _ in range(2)] == [2, 0]
    bodies = {(name, body.registration_id) for name, _, body in desk.events()}  # type: ignore[attr-defined]  # has one
    assert bodies == {("RegistrationDecisionBreached", one.id) for one in (waiting, reviewed)}
    await desk.run(decisions.request_changes, command, id=reviewed.id, requested_fields=("lines",))
    await desk.submit(reviewed)
    desk.days(30)
    assert await breach_decisions(desk.env) == 0


async def test_the_open_claims_of_a_terminated_partner_end_and_nobody_elses(desk: Desk) -> None:
    draft = await desk.draft(customer=_customer(1))
    claims = [
        await desk.submit(await desk.draft(customer=_customer(2))),
        await desk.claimed(customer=_customer(3)),
        await desk.approved(customer=_customer(4)),
    ]
    won = await desk.convert(await desk.approved(customer=_customer(5)))
    other = await desk.claimed(RIVAL, customer=_customer(6))
    await desk.partner(status=PartnerStatus.TERMINATED, facts_version=2)
    desk.events()
    assert [await cancel_claims_of_terminated(desk.env) for _ in range(2)] == [3, 0]
    ended = [await desk.reg(one) for one in claims]
    assert {(one.review, one.closure_code) for one in ended} == {(Review.CANCELED, ClosureCode.INELIGIBLE)}
    assert [(await desk.reg(one)).review for one in (draft, won, other)] == (
        [Review.DRAFT, Review.CONVERTED, Review.UNDER_REVIEW]
    )
    code = pb.CLOSURE_CODE_INELIGIBLE
    assert [(name, body) for name, _, body in sorted(desk.events(), key=str)] == [
        ("RegistrationCanceled", pb.RegistrationCanceled(registration_id=id, partner_id=PARTNER, closure_code=code))
        for id in sorted(one.id for one in claims)
    ]
    assert (await desk.value(ACCOUNTS, PARTNER)).open_claims == 0


async def test_a_claim_ends_however_many_partners_were_terminated(desk: Desk) -> None:
    last = an_id("ptn", 9)
    await desk.partner(last)
    reg = await desk.claimed(last)
    await desk.partner(last, PartnerStatus.TERMINATED, facts_version=2)
    for number in range(210):
        await desk.partner(f"ptn_local_{number:026d}", PartnerStatus.TERMINATED)
    assert await cancel_claims_of_terminated(desk.env) == 1
    assert (await desk.reg(reg)).review is Review.CANCELED


async def test_replicas_that_sweep_at_once_move_each_claim_once(desk: Desk, replica: Desk) -> None:
    claims = [await desk.approved(customer=_customer(number)) for number in range(40)]
    desk.days(76)
    jobs = (warn_of_expiries, expire_protection)
    for job in jobs:
        desk.days(14 if job is expire_protection else 0)
        desk.events()
        replica.events()
        while sum(await asyncio.gather(job(desk.env), job(replica.env))):
            pass
        heard = [body_of(one).registration_id for one in desk.told + replica.told]  # type: ignore[attr-defined]  # has
        assert sorted(heard) == sorted(one.id for one in claims)
    assert {(await desk.reg(one)).review for one in claims} == {Review.EXPIRED}
    assert (await desk.value(ACCOUNTS, PARTNER)).open_claims == 0


@pytest.mark.parametrize("job", [expire_protection, warn_of_expiries, breach_decisions, cancel_claims_of_terminated])
async def test_with_nothing_due_nothing_moves(desk: Desk, job: object) -> None:
    await desk.approved()
    desk.events()
    assert callable(job)
    assert await job(desk.env) == 0
    assert desk.events() == []


async def test_the_policy_says_how_long(store: Store, keys: Keys) -> None:
    policy = Policy(protection=timedelta(days=10), expiry_warning=timedelta(days=2), extension=timedelta(days=5))
    desk = Desk(store, keys, policy=policy)
    await desk.partner()
    reg = await desk.approved()
    assert reg.protected_until == NOW + timedelta(days=10)
    desk.days(8)
    assert await warn_of_expiries(desk.env) == 1
    assert (await _extend(desk, reg)).protected_until == NOW + timedelta(days=15)


async def test_a_claim_that_never_counted_leaves_the_account_at_nothing(desk: Desk) -> None:
    reg = await desk.approved()
    account = await desk.value(ACCOUNTS, PARTNER)
    await desk.env.store.commit([Held(ACCOUNTS, account).put(replace(account, open_claims=0))])
    await desk.withdraw(reg)
    assert (await desk.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert (await desk.value(REGISTRATIONS, reg.id)).review is Review.WITHDRAWN
