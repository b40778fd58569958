"""A level acts on the partner, reviews move it by its facts, and nothing happens twice."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.decisions.four_eyes import ConfirmDecision, Outcome
from libs.errors import InvalidInput, NotFound, StoreUnavailable, WrongState
from libs.partner_projection import partner_facts
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as pb
from libs.store.port import ROWS_PER_PAGE, create
from services.partners.application.domain import TierSetByProgram
from services.partners.application.usecases import transitions
from services.partners.conduct.domain.states import ConductState
from services.partners.program.domain.program import Comparison, NoProgramInForce, PromotionMode, RateBasis
from services.partners.record.documents import PARTNERS
from services.partners.settings import Policy
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.domain.enrolment import EnrolmentState
from services.partners.tier_review.domain.errors import AlreadyEnrolled, NotEnrolled
from services.partners.tier_review.domain.levels import OverrideReason, TierChangeCause
from services.partners.tier_review.domain.progress import RequirementStatus
from services.partners.tier_review.jobs import review_tiers
from services.partners.tier_review.usecases import enrolments, progress
from services.partners.tier_review.usecases.deciding import FOUR_EYES
from tests.builders import a_call_of, an_id, asked_by
from tests.component.partners.certification.acts import complete, contact, track
from tests.component.partners.conduct import acts as conduct
from tests.component.partners.facts.telling import settled, tell
from tests.component.partners.harness import Harness
from tests.component.partners.tier_review.acts import (
    QUARTER_ENDS,
    at,
    enroll,
    history,
    order,
    progress_of,
    publish,
    rates,
)
from tests.store_faults import FailingCommits
from tests.unit.partners.program.built import BASIC, TODAY, level, need

DAY = timedelta(days=1)


async def test_a_level_acts_on_the_partner_and_only_the_programme_sets_it(harness: Harness) -> None:
    program, partner = await publish(harness), await harness.active()
    harness.events()
    enrolment = await enroll(harness, partner.id, "GOLD", request_id="e")
    assert await enroll(harness, partner.id, "GOLD", request_id="e") == enrolment
    told = list(harness.told)
    [started, moved, tier] = harness.events()
    assert (started[0], moved[0], tier[0]) == ("EnrolmentStarted", "TierReviewMoved", "PartnerTierSet")
    assert isinstance(tier[2], pb.PartnerTierSet)
    facts = tier[2].facts
    assert (facts.tier, facts.tier_rank, facts.claim_limit, facts.protection_days) == ("TOP", 3, 50, 120)
    projected = partner_facts(told[-1])
    assert (projected.tier, projected.claim_limit, projected.protection_days, projected.lead_weight) == (
        "TOP",
        50,
        120,
        5,
    )
    changed = await harness.value(PARTNERS, partner.id)
    assert (changed.program, changed.tier, changed.tier_rank) == ("CHANNEL", "TOP", 3)
    with pytest.raises(TierSetByProgram):
        await harness.run(transitions.set_tier, transitions.SetTier, id=partner.id, tier="BEST", tier_rank=9)
    with pytest.raises(AlreadyEnrolled):
        await enroll(harness, partner.id)
    ended = await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id)
    assert ended.state is EnrolmentState.ENDED
    bare = await harness.value(PARTNERS, partner.id)
    assert (bare.program, bare.tier, bare.tier_rank, bare.claim_limit, bare.protection_days) == ("", "", 0, None, None)
    await harness.run(transitions.set_tier, transitions.SetTier, id=partner.id, tier="BEST", tier_rank=9)
    [entered, left] = await history(harness, partner_id=partner.id)
    assert (entered.cause, entered.after, left.after) == (TierChangeCause.ENROLLED, enrolment.level, None)
    assert enrolment.level is not None
    assert enrolment.level.program_id == program.id
    assert (await enroll(harness, partner.id)).id != enrolment.id


async def test_who_cannot_be_enrolled(harness: Harness) -> None:
    partner = await harness.active()
    with pytest.raises(NoProgramInForce):
        await enroll(harness, partner.id)
    await publish(harness)
    with pytest.raises(InvalidInput):
        await enroll(harness, partner.id, "DIAMOND")
    with pytest.raises(WrongState):
        await enroll(harness, (await harness.apply()).id)
    with pytest.raises(NotEnrolled):
        await progress_of(harness, partner.id)


async def test_progress_says_what_a_partner_has_needs_and_misses(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id)
    await order(harness, partner.id, 1200)
    found = await progress_of(harness, partner.id)
    assert [(one.code, one.met) for one in found.levels] == [("BASIC", True), ("SILVER", True), ("GOLD", False)]
    [gold] = found.levels[2].groups[0].requirements
    assert (gold.have, gold.need, gold.missing, gold.currency) == ("1200", "5000", "3800", "EUR")
    assert (gold.first_day, gold.last_day, found.day) == (date(2026, 1, 1), TODAY, TODAY)
    assert found.as_of == harness.clock.now()


async def test_people_of_a_partner_see_their_own_progress_only(harness: Harness) -> None:
    await publish(harness)
    mine, other = await harness.active(), await harness.active(number=1)
    for one in (mine, other):
        await enroll(harness, one.id)
    call = a_call_of(mine.id)
    shown = await progress.get_tier_progress(harness.env, progress.GetTierProgress(call=call, partner_id=mine.id))
    assert shown.enrolment.partner_id == mine.id
    with pytest.raises(NotFound):
        await progress.get_tier_progress(harness.env, progress.GetTierProgress(call=call, partner_id=other.id))
    page = await enrolments.list_tier_history(harness.env, enrolments.ListTierHistory(call=call))
    assert [loaded.value.partner_id for loaded in page.rows] == [mine.id]
    with pytest.raises(NotFound):
        await enrolments.list_enrolments(harness.env, enrolments.ListEnrolments(call=call, partner_id=other.id))


async def test_a_review_moves_up_with_the_figures_of_its_period(harness: Harness) -> None:
    program = await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id)
    await order(harness, partner.id, 6000)
    assert await at(harness, QUARTER_ENDS - timedelta.resolution) == []
    assert await at(harness, QUARTER_ENDS) == ["TierReviewMoved", "PartnerTierSet"]
    assert (await harness.value(PARTNERS, partner.id)).tier == "TOP"
    [_, change] = await history(harness)
    assert (change.cause, change.period_last_day, change.day) == (
        TierChangeCause.PROMOTED,
        date(2026, 3, 31),
        date(2026, 4, 1),
    )
    assert change.after is not None
    assert change.after.program_id == program.id
    assert change.figures[2].groups[0].requirements[0].have == "6000"
    assert await at(harness, QUARTER_ENDS + DAY) == []


async def test_a_review_waits_for_facts_that_have_arrived_in_its_period(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id)
    await order(harness, partner.id, 1)
    waiting = orders_pb.OrderCanceled(order_id=an_id("ord"), partner_id=partner.id)
    await tell(harness, waiting, version=3)
    assert await at(harness, QUARTER_ENDS) == []
    await settled(harness)
    assert await at(harness, QUARTER_ENDS) == ["TierReviewHeld"]


async def test_a_canceled_order_leads_to_notice_and_after_the_grace_to_the_fall(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id, "SILVER")
    await order(harness, partner.id, 1000)
    await order(harness, partner.id, 1000, canceled=True)
    assert await at(harness, QUARTER_ENDS) == ["TierReviewNoticeGiven"]
    assert (await harness.value(PARTNERS, partner.id)).tier == "SILVER"
    fall = datetime.fromisoformat("2026-06-29T22:00:00+00:00")
    assert await at(harness, fall - timedelta.resolution) == []
    assert await at(harness, fall) == ["TierReviewMoved", "PartnerTierSet"]
    assert (await harness.value(PARTNERS, partner.id)).tier == "BASIC"
    assert [one.cause for one in await history(harness)] == [TierChangeCause.ENROLLED, TierChangeCause.DEMOTED]


async def test_what_a_partner_makes_up_for_in_the_grace_keeps_its_level(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id, "SILVER")
    assert await at(harness, QUARTER_ENDS) == ["TierReviewNoticeGiven"]
    await order(harness, partner.id, 1000, on=date(2026, 5, 5))
    fall = datetime.fromisoformat("2026-06-29T22:00:00+00:00")
    assert await at(harness, fall) == ["TierReviewNoticeWithdrawn"]


async def test_a_promotion_that_takes_a_person_waits_for_one(harness: Harness) -> None:
    await publish(harness, promotion=PromotionMode.BY_CONFIRMATION)
    partner = await harness.active()
    enrolment = await enroll(harness, partner.id)
    await order(harness, partner.id, 1000)
    assert await at(harness, QUARTER_ENDS) == ["TierReviewPromotionProposed"]
    assert (await harness.value(PARTNERS, partner.id)).tier == "BASIC"
    done = await harness.run(enrolments.confirm_promotion, enrolments.ConfirmPromotion, id=enrolment.id)
    assert done.level is not None
    assert done.level.code == (await harness.value(PARTNERS, partner.id)).tier == "SILVER"


async def test_an_override_acts_at_once_and_ends_by_the_clock(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    enrolment = await enroll(harness, partner.id)
    given = {"level": "GOLD", "reason": OverrideReason.STRATEGIC, "last_day": TODAY + 9 * DAY}
    harness.events()
    done = await harness.run(enrolments.override_tier, enrolments.OverrideTier, id=enrolment.id, **given)
    assert harness.names() == ["EnrolmentOverridden", "TierReviewMoved", "PartnerTierSet"]
    assert (await harness.value(PARTNERS, partner.id)).tier == "TOP"
    assert await harness.run(enrolments.override_tier, enrolments.OverrideTier, id=enrolment.id, **given) == done
    assert harness.names() == []
    over = datetime.fromisoformat("2026-03-11T23:00:00+00:00")
    assert await at(harness, over - timedelta.resolution) == []
    assert await at(harness, over) == ["TierReviewMoved", "PartnerTierSet"]
    assert (await harness.value(PARTNERS, partner.id)).tier == "BASIC"


async def test_memberships_that_cannot_be_reviewed_do_not_hold_up_the_others(harness: Harness) -> None:
    await publish(harness)
    enrolment = await enroll(harness, (await harness.active()).id)
    lost = [an_id("ptn", 1000 + number) for number in range(ROWS_PER_PAGE)]
    stuck = [
        replace(enrolment, id=an_id("enr", 1000 + number), version=0, partner_id=one, active_key=one)
        for number, one in enumerate(lost)
    ]
    await harness.env.store.commit([create(ENROLMENTS, one) for one in stuck])
    assert "TierReviewHeld" in await at(harness, QUARTER_ENDS)
    assert await review_tiers(harness.env) == 0


async def test_a_high_override_takes_two_persons(harness: Harness) -> None:
    harness.env.settings = replace(harness.env.settings, policy=Policy(tier_override_alone_up_to=2))
    await publish(harness)
    enrolment = await enroll(harness, (await harness.active()).id)
    may = ("partners.enrolment.override",)

    async def asked(code: str) -> Outcome[Any]:
        given: dict[str, Any] = {"level": code, "reason": OverrideReason.STRATEGIC, "last_day": TODAY}
        call = asked_by("dev:anna", *may)
        return await FOUR_EYES.run(harness.env, enrolments.OverrideTier(call=call, id=enrolment.id, **given))

    assert (await asked("SILVER")).decision is None
    decision = (await asked("GOLD")).decision
    assert decision is not None
    assert decision.summary == f"override the tier of {enrolment.partner_id}: GOLD until 2026-03-02, STRATEGIC"
    kept = await harness.value(ENROLMENTS, enrolment.id)
    harness.events()
    await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by("dev:bernd", *may), id=decision.id))
    assert harness.names() == ["DecisionConfirmed", "EnrolmentOverridden", "TierReviewMoved", "PartnerTierSet"]
    changed = await harness.value(ENROLMENTS, enrolment.id)
    assert [one.level and one.level.code for one in (kept, changed)] == ["SILVER", "GOLD"]


async def test_a_review_without_a_rate_is_repeated_when_there_is_one(harness: Harness) -> None:
    await rates(harness, TODAY, GBP="0.9")
    await publish(harness, rate_source="ecb", rate_basis=RateBasis.MONTH_AVERAGE)
    partner = await harness.active()
    await enroll(harness, partner.id)
    await order(harness, partner.id, 1200, currency="USD")
    found = await progress_of(harness, partner.id)
    [silver] = found.levels[1].groups[0].requirements
    assert (silver.status, silver.have, silver.missing) == (RequirementStatus.RATE_UNKNOWN, "", "")
    assert await at(harness, QUARTER_ENDS) == ["TierReviewPostponed"]
    await rates(harness, TODAY + DAY, USD="1.2")
    assert await at(harness, QUARTER_ENDS) == []
    assert await at(harness, QUARTER_ENDS + DAY) == ["TierReviewMoved", "PartnerTierSet"]
    [_, change] = await history(harness)
    [silver] = change.figures[1].groups[0].requirements
    assert (silver.have, [(one.from_currency, one.day) for one in silver.rates]) == (
        "1000",
        [("USD", date(2026, 3, 1))],
    )


async def test_certified_persons_count_on_the_day(harness: Harness) -> None:
    await track(harness)
    await publish(harness, BASIC, level("SILVER", 2, need("CERTIFIED_PERSONS", "2", track="FW", window=None)))
    partner = await harness.active()
    await enroll(harness, partner.id)
    await complete(harness, await contact(harness, partner.id))
    [silver] = (await progress_of(harness, partner.id)).levels[1].groups[0].requirements
    assert (silver.have, silver.missing, silver.first_day, silver.track) == ("1", "1", None, "FW")


async def test_points_for_breaches_count_as_they_are_on_the_last_day(harness: Harness) -> None:
    most = need("VIOLATION_POINTS", "1.4", comparison=Comparison.AT_MOST, window=None)
    await publish(harness, BASIC, level("SILVER", 2, most), demotion_notice_days=0, demotion_grace_days=0)
    partner = await harness.active()
    await enroll(harness, partner.id, "SILVER")
    await conduct.put_rule(harness)
    case = await conduct.reported(harness, partner.id)
    case = await conduct.decide(harness, case, ConductState.UNDER_INVESTIGATION)
    await conduct.decide(harness, case, ConductState.WARNING)
    [points] = (await progress_of(harness, partner.id)).levels[1].groups[0].requirements
    assert (points.status, points.have, points.missing, points.first_day) == (
        RequirementStatus.NOT_MET,
        "3",
        "1.6",
        None,
    )
    assert await at(harness, QUARTER_ENDS) == ["TierReviewMoved", "PartnerTierSet"]
    harness.clock.advance(DAY * 365)
    [points] = (await progress_of(harness, partner.id)).levels[1].groups[0].requirements
    assert (points.status, points.have) == (RequirementStatus.NOT_MET, "1.5")


async def test_a_ratio_with_too_little_data_is_not_zero(harness: Harness) -> None:
    await publish(harness, BASIC, level("SILVER", 2, need("CONVERSION", "0.5")))
    partner = await harness.active()
    await enroll(harness, partner.id, "SILVER")
    [silver] = (await progress_of(harness, partner.id)).levels[1].groups[0].requirements
    assert (silver.status, silver.have, silver.denominator) == (RequirementStatus.INSUFFICIENT_DATA, "", "0")
    assert await at(harness, QUARTER_ENDS) == ["TierReviewHeld"]


async def test_the_membership_of_a_terminated_partner_moves_no_more_and_ends(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    enrolment = await enroll(harness, partner.id)
    await harness.end(partner)
    given = {"level": "GOLD", "reason": OverrideReason.STRATEGIC, "last_day": TODAY}
    with pytest.raises(WrongState, match="is TERMINATED"):
        await harness.run(enrolments.override_tier, enrolments.OverrideTier, id=enrolment.id, **given)
    with pytest.raises(WrongState, match="is TERMINATED"):
        await harness.run(enrolments.confirm_promotion, enrolments.ConfirmPromotion, id=enrolment.id)
    assert await at(harness, QUARTER_ENDS) == ["EnrolmentEnded", "TierReviewMoved", "PartnerTierSet"]
    assert (await harness.value(ENROLMENTS, enrolment.id)).state is EnrolmentState.ENDED


async def test_a_later_version_decides_from_the_first_period_that_ends_under_it(harness: Harness) -> None:
    first = await publish(harness)
    partner = await harness.active()
    enrolment = await enroll(harness, partner.id)
    easier = (BASIC, level("SILVER", 2, need(threshold="10")))
    second = await publish(harness, *easier, effective_day=date(2026, 4, 1))
    await order(harness, partner.id, 500)
    assert await at(harness, QUARTER_ENDS) == ["TierReviewHeld"]
    level_now = (await harness.value(ENROLMENTS, enrolment.id)).level
    assert level_now is not None
    assert level_now.program_id == first.id
    assert (await progress_of(harness, partner.id)).program_id == second.id
    await order(harness, partner.id, 500, number=2, on=date(2026, 6, 1))
    assert await at(harness, datetime.fromisoformat("2026-06-30T22:00:00+00:00")) == [
        "TierReviewMoved",
        "PartnerTierSet",
    ]


async def test_a_partner_where_it_is_still_yesterday_is_reviewed(harness: Harness) -> None:
    """It is enrolled on the first day of the version, and its period ends on the day before."""
    partner = replace(await harness.active(), id=an_id("ptn"), version=0, country="US", registration_key=None)
    await harness.env.store.commit([create(PARTNERS, partner)])
    await at(harness, QUARTER_ENDS)
    program = await publish(harness, effective_day=date(2026, 4, 1))
    enrolment = await enroll(harness, partner.id)
    assert (enrolment.time_zone, enrolment.review_last_day) == ("America/New_York", date(2026, 3, 31))
    assert await at(harness, QUARTER_ENDS + timedelta(hours=6)) == ["TierReviewHeld"]
    level_now = (await harness.value(ENROLMENTS, enrolment.id)).level
    assert level_now is not None
    assert level_now.program_id == program.id


async def many(harness: Harness, count: int) -> None:
    """So many partners that have earned silver."""
    await publish(harness)
    for number in range(count):
        partner = await harness.active(number=number)
        await enroll(harness, partner.id)
        await order(harness, partner.id, 1000, number=number + 1)
    harness.clock.advance(QUARTER_ENDS - harness.clock.now())
    harness.events()


async def test_a_review_that_dies_in_the_middle_is_repeated_without_doubling(harness: Harness) -> None:
    await many(harness, 3)
    failing = FailingCommits(harness.env.store)
    harness.env.store = failing
    failing.refuse_next(StoreUnavailable("down"), StoreUnavailable("down"))
    with pytest.raises(StoreUnavailable):
        await review_tiers(harness.env)
    failing.lose_next_answer(StoreUnavailable("down"))
    while True:
        try:
            if not await review_tiers(harness.env):
                break
        except StoreUnavailable:
            continue
    assert [one.cause for one in await history(harness)].count(TierChangeCause.PROMOTED) == 3
    assert len(await history(harness)) == 6


async def test_of_two_reviews_at_once_one_moves_the_partner(harness: Harness) -> None:
    await many(harness, 2)
    await asyncio.gather(*(review_tiers(harness.env) for _ in range(4)))
    assert sorted(harness.names()) == sorted(["TierReviewMoved", "PartnerTierSet"] * 2)
    assert [one.cause for one in await history(harness)].count(TierChangeCause.PROMOTED) == 2
