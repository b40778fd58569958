"""Memberships end at once or by the clock, and the history has the level of every day."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput, WrongState
from services.partners.record.documents import PARTNERS
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.domain.enrolment import EnrolmentEnd, EnrolmentState
from services.partners.tier_review.domain.levels import EnrolmentEndReason, TierChangeCause
from services.partners.tier_review.reads import level_on
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
    [before, after] = [await level_on(harness.env, partner.id, kept.day + days * DAY) for days in (-1, 0)]
    assert (before, after) == (BASIC, richer)
