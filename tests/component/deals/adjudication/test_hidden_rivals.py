"""A partner sees its own side of a case and nothing that comes from another one."""

from typing import Any

import pytest

from libs.errors import AppError, NotFound
from libs.pb.prm.deals import v1 as pb
from services.deals.adjudication import wire
from services.deals.adjudication.jobs import settle_adjudications
from services.deals.adjudication.usecases import sides
from tests.builders import a_call_of, an_id
from tests.component.deals.adjudication.acts import SAID, appeal, decide, judge, opened, settle, side_of
from tests.component.deals.harness import PARTNER, RIVAL, Harness


async def seen(harness: Harness, partner: str, **asked: Any) -> list[pb.AdjudicationSide]:
    """What a partner's people are shown."""
    cmd = sides.ListAdjudicationSides(call=a_call_of(partner), include_total_size=True, **asked)
    page = await sides.list_adjudication_sides(harness.env, cmd)
    assert page.total == len(page.rows)
    return [wire.SIDE.encode(one.value) for one in page.rows]


async def test_neither_side_learns_the_name_the_ids_or_the_dates_of_the_other(harness: Harness) -> None:
    await harness.partner(PARTNER, sees_downline=True, facts_version=2)
    await harness.partner(RIVAL, parent_partner_id=PARTNER, facts_version=2)
    first = await harness.approved()
    harness.days(3)
    second = await harness.claimed(RIVAL)
    await settle(harness)
    harness.days(3)
    case = await opened(harness, first, second)
    regs = {PARTNER: first, RIVAL: second}
    own = {one: await side_of(harness, reg) for one, reg in regs.items()}

    async def blind() -> None:
        for viewer, other in ((PARTNER, RIVAL), (RIVAL, PARTNER)):
            (shown,) = await seen(harness, viewer)
            assert shown.id == own[viewer].id
            words = str(shown)
            theirs = regs[other]
            assert theirs.submit_time is not None
            hidden = (case.id, theirs.id, theirs.partner_id, own[other].id, str(int(theirs.submit_time.timestamp())))
            assert [one for one in hidden if one in words] == []
            with pytest.raises(NotFound):
                await seen(harness, viewer, partner_id=other)
            look = sides.GetAdjudicationSide(call=a_call_of(viewer), id=own[other].id)
            with pytest.raises(NotFound):
                await sides.get_adjudication_side(harness.env, look)

    await blind()
    untouched = await side_of(harness, first)
    await harness.run(sides.record_invitation, sides.RecordInvitation, id=own[RIVAL].id, reference="LETTER-1")
    assert await side_of(harness, first) == untouched
    await decide(harness, case, first.id)
    await blind()
    won = await side_of(harness, first)
    with pytest.raises(AppError) as refused:
        await appeal(harness, first)
    assert second.id not in str(refused.value)
    await appeal(harness, second)
    assert await side_of(harness, first) == won
    await blind()
    await judge(harness, case, second.id)
    await settle(harness)
    await blind()
    assert await settle_adjudications(harness.env) == 0
    assert await seen(harness, an_id("ptn", 7)) == []
    foreign = sides.AppealAdjudication(call=a_call_of(PARTNER), id=own[RIVAL].id, statement=SAID)
    with pytest.raises(NotFound):
        await harness.env.run(sides.appeal_adjudication, foreign)
