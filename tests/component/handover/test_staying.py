"""What is open with a partner in partners itself, and stays with it, is listed with the reason."""

from datetime import date

from services.partners.conduct.domain.states import ConductState
from services.partners.handover.domain import HandoverState
from services.partners.plan.domain.states import InitiativeOwner, InitiativeState
from services.partners.plan.usecases import plans
from services.partners.relations.usecases import reviews
from tests.component.handover.world import World
from tests.component.partners.conduct import acts as conduct
from tests.component.partners.plan import acts as plan
from tests.component.partners.tier_review import acts as tiers


async def test_plans_memberships_cases_and_decisions_are_listed_and_stay(world: World) -> None:
    partners, leaver = world.partners, world.leaver.id
    await tiers.publish(partners)
    enrolment = await tiers.enroll(partners, leaver)
    await conduct.put_rule(partners)
    case, dismissed = [await conduct.reported(partners, leaver) for _ in range(2)]
    await conduct.decide(partners, dismissed, ConductState.DISMISSED)
    planned = await plan.drafted(partners, leaver)
    initiative = await plan.initiative(partners, planned)
    canceled = await plan.drafted(partners, leaver)
    await partners.run(plans.cancel_plan, plans.CancelPlan, id=canceled.id)
    decision = reviews.NewReviewDecision(
        title="More stock", owner=InitiativeOwner.CHANNEL_MANAGER, due_on=date(2026, 6, 1)
    )
    held = {"partner_id": leaver, "held_on": date(2026, 2, 2), "decisions": (decision,)}
    review, closed = [await partners.run(reviews.record_review, reviews.RecordReview, **held) for _ in range(2)]
    done = {"id": closed.id, "number": 1, "outcome": InitiativeState.DONE}
    await partners.run(reviews.close_review_decision, reviews.CloseReviewDecision, **done)
    await world.arrive()
    opened = await world.open()
    assert await world.outcomes(opened) == {
        **dict.fromkeys((enrolment.id, planned.id, initiative.id), "CONTRACT_OF_PARTNER"),
        **dict.fromkeys((case.id, review.id), "ABOUT_PARTNER"),
    }
    assert (await world.confirm(opened)).state is HandoverState.COMPLETED
