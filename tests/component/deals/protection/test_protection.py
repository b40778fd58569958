"""Protection that ran out, deals that were lost, and the day on which proof of work counts."""

from datetime import timedelta

import pytest

from libs.errors import WrongState
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.claims.domain.registration import Activity, DealLost, Registration
from services.deals.claims.domain.states import ActivityType, Review, Stage
from services.deals.matching.documents import ENTRIES
from services.deals.matching.domain.index import ref_of
from services.deals.protection import usecases as protection
from services.deals.protection.domain import ActivityTooOld
from services.deals.protection.jobs import expire_protection, warn_of_expiries
from services.deals.review.domain.territory import TerritoryExclusive
from services.deals.settings import ANY_LINE, Policy, StageDays
from tests.component.deals.harness import RIVAL, Harness, a_customer


async def _advance(harness: Harness, reg: Registration, stage: Stage) -> Registration:
    return await harness.run(protection.advance_stage, protection.AdvanceStage, id=reg.id, stage=stage)


async def _extend(harness: Harness, reg: Registration, *, days_ago: int = 0) -> Registration:
    day = harness.clock.now().date() - timedelta(days=days_ago)
    work = (Activity(type=ActivityType.MEETING, date=day),)
    return await harness.run(protection.extend_protection, protection.ExtendProtection, id=reg.id, activities=work)


async def test_a_lost_deal_comes_to_nothing_more(harness: Harness) -> None:
    draft, standing = await harness.draft(), await harness.approved()
    for reg in (draft, standing):
        await _advance(harness, reg, Stage.LOST)
    for act in (harness.submit(draft), harness.convert(standing), _extend(harness, standing)):
        with pytest.raises(DealLost):
            await act


async def test_a_day_begins_where_the_cell_is(harness: Harness) -> None:
    """Half past eleven in the evening by UTC is the day after in Berlin."""
    tomorrow = harness.clock.now().date() + timedelta(days=1)
    await harness.territory(valid_from=tomorrow)
    harness.clock.advance(timedelta(hours=14, minutes=30))
    with pytest.raises(TerritoryExclusive):
        await harness.submit(await harness.draft())
    reg = await harness.approved(RIVAL, customer=a_customer("Beta"))
    with pytest.raises(ActivityTooOld) as refused:
        await _extend(harness, reg)
    assert refused.value.metadata["since"] == tomorrow.isoformat()
    assert (await _extend(harness, reg, days_ago=-1)).extended


async def test_what_has_run_out_is_not_prolonged_although_nothing_has_swept(harness: Harness) -> None:
    reg, rival = await harness.approved(), await harness.claimed(RIVAL)
    harness.days(90)
    assert (await harness.approve(rival)).review is Review.APPROVED
    for act in (_extend(harness, reg), _advance(harness, reg, Stage.QUALIFIED), harness.convert(reg)):
        with pytest.raises(WrongState) as refused:
            await act
        assert refused.value.metadata["state"] == "EXPIRED"


async def test_a_stage_that_is_reached_in_time_with_proof_protects_and_one_without_does_not(
    harness: Harness, store: Store, keys: Keys
) -> None:
    days = StageDays(prospect=30, qualified=45, technical_validation=60, business_validation=60, committed=90)
    staged = Harness(store, keys, clock=harness.clock, policy=Policy(stage_days={ANY_LINE: days}))
    reg, begun = await staged.approved(), staged.clock.now()
    assert reg.protected_until == begun + timedelta(days=30)
    staged.days(20)
    assert await warn_of_expiries(staged.env) == 1
    assert (await _advance(staged, reg, Stage.QUALIFIED)).protected_until == reg.protected_until
    staged.told.clear()
    work = (Activity(type=ActivityType.MEETING, date=staged.env.today()),)
    fields = {"id": reg.id, "stage": Stage.TECHNICAL_VALIDATION, "activities": work}
    further = await staged.run(protection.advance_stage, protection.AdvanceStage, **fields)
    assert further.protected_until == begun + timedelta(days=80)
    assert staged.names() == ["RegistrationStageAdvanced", "RegistrationExtended"]
    staged.days(59)
    assert (await expire_protection(staged.env), await warn_of_expiries(staged.env)) == (0, 1)
    staged.days(1)
    assert await expire_protection(staged.env) == 1
    assert (await staged.reg(reg)).review is Review.EXPIRED


async def test_a_stage_that_protects_longer_touches_the_entry_that_a_near_rival_s_approval_reads(
    harness: Harness, store: Store, keys: Keys
) -> None:
    """As an extension does, so that of the two at the same moment one is made again."""
    days = StageDays(prospect=30, qualified=45, technical_validation=60, business_validation=60, committed=90)
    staged = Harness(store, keys, clock=harness.clock, policy=Policy(stage_days={ANY_LINE: days}))
    reg = await staged.approved()
    before = await staged.value(ENTRIES, ref_of(reg.id))
    work = (Activity(type=ActivityType.MEETING, date=staged.env.today()),)
    fields = {"id": reg.id, "stage": Stage.QUALIFIED, "activities": work}
    await staged.run(protection.advance_stage, protection.AdvanceStage, **fields)
    assert (await staged.value(ENTRIES, ref_of(reg.id))).version > before.version
