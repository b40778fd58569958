"""Protection that ran out, deals that were lost, and the day on which proof of work counts."""

from datetime import timedelta

import pytest

from libs.errors import WrongState
from services.deals.claims.domain.registration import Activity, DealLost, Registration
from services.deals.claims.domain.states import ActivityType, Review, Stage
from services.deals.protection import usecases as protection
from services.deals.protection.domain import ActivityTooOld
from services.deals.review.domain.territory import TerritoryExclusive
from tests.component.deals.desk import RIVAL, Desk, a_customer


async def _advance(desk: Desk, reg: Registration, stage: Stage) -> Registration:
    return await desk.run(protection.advance_stage, protection.AdvanceStage, id=reg.id, stage=stage)


async def _extend(desk: Desk, reg: Registration, *, days_ago: int = 0) -> Registration:
    day = desk.clock.now().date() - timedelta(days=days_ago)
    work = (Activity(type=ActivityType.MEETING, date=day),)
    return await desk.run(protection.extend_protection, protection.ExtendProtection, id=reg.id, activities=work)


async def test_a_lost_deal_comes_to_nothing_more(desk: Desk) -> None:
    draft, standing = await desk.draft(), await desk.approved()
    for reg in (draft, standing):
        await _advance(desk, reg, Stage.LOST)
    for act in (desk.submit(draft), desk.convert(standing), _extend(desk, standing)):
        with pytest.raises(DealLost):
            await act


async def test_a_day_begins_where_the_cell_is(desk: Desk) -> None:
    """Half past eleven in the evening by UTC is the day after in Berlin."""
    tomorrow = desk.clock.now().date() + timedelta(days=1)
    await desk.territory(valid_from=tomorrow)
    desk.clock.advance(timedelta(hours=14, minutes=30))
    with pytest.raises(TerritoryExclusive):
        await desk.submit(await desk.draft())
    reg = await desk.approved(RIVAL, customer=a_customer("Beta"))
    with pytest.raises(ActivityTooOld) as refused:
        await _extend(desk, reg)
    assert refused.value.metadata["since"] == tomorrow.isoformat()
    assert (await _extend(desk, reg, days_ago=-1)).extended


async def test_what_has_run_out_is_not_prolonged_although_nothing_has_swept(desk: Desk) -> None:
    reg, rival = await desk.approved(), await desk.claimed(RIVAL)
    desk.days(90)
    assert (await desk.approve(rival)).review is Review.APPROVED
    for act in (_extend(desk, reg), _advance(desk, reg, Stage.QUALIFIED), desk.convert(reg)):
        with pytest.raises(WrongState) as refused:
            await act
        assert refused.value.metadata["state"] == "EXPIRED"
