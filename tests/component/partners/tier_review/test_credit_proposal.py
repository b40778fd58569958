"""The credit proposal of the level that acts is in the facts of the partner, with the version that it comes from."""

from datetime import date, datetime, timedelta

from libs.money import Money
from libs.partner import CreditProposal
from libs.partner_projection import partner_facts
from services.partners.program.domain.program import Program
from services.partners.record.documents import PARTNERS
from services.partners.tier_review.domain.levels import OverrideReason
from services.partners.tier_review.usecases import enrolments
from tests.component.partners.harness import Harness
from tests.component.partners.tier_review.acts import QUARTER_ENDS, at, enroll, order, publish
from tests.unit.partners.program.built import BASIC, GOLD, SILVER, TODAY


def told(harness: Harness) -> CreditProposal | None:
    """The proposal in the last event about a partner, as another service keeps it."""
    about = [one for one in harness.told if ".partners.partner." in one.subject]
    return partner_facts(about[-1]).credit_proposal


def proposal(program: Program) -> CreditProposal:
    """That of the highest level."""
    return CreditProposal(
        limit=Money.of(9000, "EUR"),
        program="CHANNEL",
        program_id=program.id,
        program_number=program.number,
        level_code="GOLD",
    )


async def test_a_proposal_comes_with_its_level_and_goes_when_the_level_drops(harness: Harness) -> None:
    program, partner = await publish(harness), await harness.active()
    enrolment = await enroll(harness, partner.id)
    assert told(harness) is None
    given = {"level": "GOLD", "reason": OverrideReason.STRATEGIC, "last_day": TODAY + timedelta(days=9)}
    await harness.run(enrolments.override_tier, enrolments.OverrideTier, id=enrolment.id, **given)
    assert told(harness) == proposal(program) == (await harness.value(PARTNERS, partner.id)).credit_proposal
    over = datetime.fromisoformat("2026-03-11T23:00:00+00:00")
    assert await at(harness, over) == ["TierReviewMoved", "PartnerTierSet"]
    dropped = await harness.value(PARTNERS, partner.id)
    assert (dropped.tier, dropped.credit_proposal) == ("BASIC", None)


async def test_a_proposal_goes_when_the_membership_ends(harness: Harness) -> None:
    program, partner = await publish(harness), await harness.active()
    enrolment = await enroll(harness, partner.id, "GOLD")
    assert told(harness) == proposal(program)
    await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id)
    assert told(harness) is None


async def test_a_level_kept_under_a_later_version_names_that_version(harness: Harness) -> None:
    await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id, "GOLD")
    later = await publish(harness, BASIC, SILVER, GOLD, effective_day=date(2026, 3, 31))
    await order(harness, partner.id, 6000)
    assert await at(harness, QUARTER_ENDS) == ["TierReviewHeld", "PartnerTierSet"]
    assert (await harness.value(PARTNERS, partner.id)).credit_proposal == proposal(later)
    assert later.number == 2
