"""Acts of the relationship: contacts recorded, reviews held, distributors rated."""

from typing import Any

from libs.call import Call
from libs.person import PersonalText
from services.partners.facts.domain.metrics import FactMetric
from services.partners.plan.domain.states import InitiativeOwner
from services.partners.relations.domain.log import LogEntry
from services.partners.relations.domain.rating import DistributorRating, RatingCriterion, RatingScore
from services.partners.relations.domain.review import BusinessReview
from services.partners.relations.domain.states import LogChannel
from services.partners.relations.usecases import log, ratings, reviews
from tests.builders import NOW, a_call
from tests.component.partners.harness import Harness

TODAY = NOW.date()


async def entry(harness: Harness, partner_id: str, **fields: Any) -> LogEntry:
    """A call of today."""
    content = {"channel": LogChannel.CALL, "happened_on": TODAY, "text": PersonalText(text="About the fair."), **fields}
    return await harness.run(log.record_log_entry, log.RecordLogEntry, partner_id=partner_id, **content)


async def review(harness: Harness, partner_id: str, **fields: Any) -> BusinessReview:
    """A review of today, of what was ordered, with one decision."""
    show = reviews.NewReviewDecision(title="Road show", owner=InitiativeOwner.PARTNER_SALES, due_on=harness.env.today())
    content = {
        "held_on": harness.env.today(),
        "metrics": (FactMetric.REVENUE_ORDERED,),
        "decisions": (show,),
        "notes": PersonalText(text="They want more stock."),
        **fields,
    }
    return await harness.run(reviews.record_review, reviews.RecordReview, partner_id=partner_id, **content)


def scores(*values: int) -> tuple[RatingScore, ...]:
    """A score for each criterion, in their order."""
    pairs = zip(RatingCriterion, values, strict=True)
    return tuple(RatingScore(criterion=criterion, score=score) for criterion, score in pairs)


async def rate(harness: Harness, partner_id: str, *values: int, call: Call | None = None) -> DistributorRating:
    """The partner's people rate its distributor."""
    cmd = ratings.RateDistributor(call=call or a_call(), partner_id=partner_id, scores=scores(*values))
    return await harness.env.run(ratings.rate_distributor, cmd)
