"""Memberships end at once or by the clock, and the history has the level of every day."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from libs.errors import InvalidInput, WrongState
from services.partners.record.documents import PARTNERS
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.domain.enrolment import WITHDRAWN_ENDS_AT_MOST, EnrolmentEnd, EnrolmentState
from services.partners.tier_review.domain.errors import NoEndAnnounced
from services.partners.tier_review.domain.levels import EnrolmentEndReason, TierChangeCause
from services.partners.tier_review.reads import held_on, level_of
from services.partners.tier_review.usecases import enrolments
from tests.component.partners.harness import Harness
from tests.component.partners.tier_review.acts import QUARTER_ENDS, at, enroll, history, publish
from tests.unit.partners.program.built import BASIC, TODAY, level, need

DAY = timedelta(days=1)


async def test_a_membership_ends_by_the_clock_when_its_last_day_is_over(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    enrolment = await enroll(harness, partner.id, "GOLD")
    given: dict[str, Any] = {"id": enrolment.id, "reason": EnrolmentEndReason.PARTNER_WISH}
    for wrong in (TODAY - DAY, TODAY + 367 * DAY):
        with pytest.raises(InvalidInput):
            await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, **given, last_day=wrong)
    harness.events()
    for last_day in (TODAY + 9 * DAY, TODAY + 4 * DAY, TODAY + 4 * DAY):
        done = await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, **given, last_day=last_day)
        assert done.end == EnrolmentEnd(reason=EnrolmentEndReason.PARTNER_WISH, last_day=last_day)
    assert harness.names() == ["EnrolmentEndAnnounced", "EnrolmentEndAnnounced"]
    over = datetime.fromisoformat("2026-03-06T23:00:00+00:00")
    assert await at(harness, over - timedelta.resolution) == []
    assert (await harness.value(PARTNERS, partner.id)).tier == "TOP"
    assert await at(harness, over) == ["EnrolmentEnded", "TierReviewMoved", "PartnerTierSet"]
    assert (await harness.value(PARTNERS, partner.id)).tier == ""
    ended = await harness.value(ENROLMENTS, enrolment.id)
    assert (ended.state, ended.end) == (EnrolmentState.ENDED, done.end)
    assert [one.cause for one in await history(harness)] == [TierChangeCause.ENROLLED, TierChangeCause.ENROLMENT_ENDED]
    with pytest.raises(WrongState):
        await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, **given, last_day=TODAY + 9 * DAY)


async def test_an_announced_end_is_withdrawn_until_its_last_day_is_over_and_stays_in_the_membership(
    harness: Harness,
) -> None:
    await publish(harness)
    partner = await harness.active()
    enrolment = await enroll(harness, partner.id, "GOLD")
    withdraw = partial(harness.run, enrolments.withdraw_enrolment_end, enrolments.WithdrawEnrolmentEnd, id=enrolment.id)
    end = partial(harness.run, enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id)
    with pytest.raises(NoEndAnnounced):
        await withdraw()
    for number in range(WITHDRAWN_ENDS_AT_MOST + 1):
        await end(last_day=TODAY + number * DAY)
        harness.events()
        kept = await withdraw()
        assert harness.names() == ["EnrolmentEndWithdrawn"]
    assert (kept.end, kept.state, kept.level, kept.earned) == (None, EnrolmentState.ACTIVE, *[enrolment.level] * 2)
    days = [one.last_day for one in kept.withdrawn_ends]
    assert days == [TODAY + number * DAY for number in range(1, WITHDRAWN_ENDS_AT_MOST + 1)]
    assert kept.withdrawn_ends[-1].withdraw_time == harness.env.clock.now()
    assert await at(harness, QUARTER_ENDS - timedelta.resolution) == []
    assert (await harness.value(PARTNERS, partner.id)).tier == "TOP"
    last_day = kept.today(harness.env.clock.now())
    await end(last_day=last_day)
    harness.clock.advance(DAY)
    with pytest.raises(NoEndAnnounced):
        await withdraw()


async def test_a_level_that_is_kept_under_a_later_version_is_in_the_history_with_the_day(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id)
    richer = level("BASIC", 1, fund_basis_points=50)
    second = await publish(harness, richer, level("SILVER", 2, need()), effective_day=date(2026, 4, 1))
    assert await at(harness, QUARTER_ENDS) == ["TierReviewHeld"]
    assert await at(harness, datetime.fromisoformat("2026-06-30T22:00:00+00:00")) == ["TierReviewHeld"]
    [_, kept] = await history(harness)
    assert (kept.cause, kept.day, kept.period_last_day) == (
        TierChangeCause.VERSION_APPLIED,
        date(2026, 7, 1),
        date(2026, 6, 30),
    )
    assert kept.after is not None
    assert kept.after.program_id == second.id
    held = [await held_on(harness.env, partner.id, kept.day + days * DAY) for days in (-1, 0)]
    assert [await level_of(harness.env, one) for one in held if one] == [BASIC, richer]
