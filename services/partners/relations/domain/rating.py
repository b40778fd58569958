"""What resellers think of the distributor from which they buy; shown together, never alone."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import msgspec

from libs.document import Document
from libs.errors import AppError, Code, Violation
from services.partners.facts.domain.metrics import Sum
from services.partners.plan.domain.targets import month_after
from services.partners.relations.events import DistributorRatingRecorded

RESELLERS_SHOWN = 3
"""How many resellers must have rated a distributor before anything of it is shown."""


class RatingCriterion(Enum):
    """What is rated."""

    AVAILABILITY = "AVAILABILITY"
    DELIVERY = "DELIVERY"
    SUPPORT = "SUPPORT"
    TERMS = "TERMS"
    COMMUNICATION = "COMMUNICATION"


class RatingSummaryState(Enum):
    """Whether ratings may be shown."""

    MEASURED = "MEASURED"
    INSUFFICIENT_DATA_TOO_FEW = "INSUFFICIENT_DATA_TOO_FEW"
    INSUFFICIENT_DATA_NOT_ENDED = "INSUFFICIENT_DATA_NOT_ENDED"


class RatingScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one criterion, 1 to 5."""

    criterion: RatingCriterion
    score: int


class DistributorRating(Document, frozen=True, kw_only=True):
    """The rating of a quarter; the id is `rating_id`, so a reseller has one."""

    partner_id: str
    distributor_partner_id: str
    quarter: date
    scores: tuple[RatingScore, ...]
    create_time: datetime


class RatingMean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of a criterion, with the sum of the scores."""

    criterion: RatingCriterion
    score_sum: int
    mean: str


class RatingSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The ratings of a distributor in a quarter; count and means only if they are MEASURED."""

    partner_id: str
    quarter: date
    state: RatingSummaryState
    reseller_count: int = 0
    means: tuple[RatingMean, ...] = ()


class AlreadyRated(AppError):
    """The partner has rated its distributor in this quarter already."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_RATED"

    def __init__(self, partner_id: str, quarter: date) -> None:
        super().__init__(
            f"partner {partner_id} has rated its distributor in the quarter from {quarter}",
            partner_id=partner_id,
            quarter=quarter,
        )


class NoDistributor(AppError):
    """The partner buys from no distributor."""

    code, reason = Code.FAILED_PRECONDITION, "NO_DISTRIBUTOR"

    def __init__(self, partner_id: str) -> None:
        super().__init__(f"partner {partner_id} buys from no distributor", partner_id=partner_id)


def quarter_of(day: date) -> date:
    """The first day of the quarter of a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def last_quarter(today: date) -> date:
    """The first day of the last quarter that has ended."""
    return month_after(quarter_of(today), -3)


def rating_id(partner_id: str, quarter: date) -> str:
    """The id of a rating."""
    return f"{partner_id}:{quarter.isoformat()}"


def score_violations(scores: Sequence[RatingScore]) -> Iterator[Violation]:
    """DUPLICATE_CRITERION, and REQUIRED for each criterion without a score."""
    seen: set[RatingCriterion] = set()
    for place, one in enumerate(scores):
        if one.criterion in seen:
            yield Violation(
                f"scores[{place}].criterion", f"{one.criterion.value} is rated twice", "DUPLICATE_CRITERION"
            )
        seen.add(one.criterion)
    for criterion in RatingCriterion:
        if criterion not in seen:
            yield Violation("scores", f"{criterion.value} has no score", "REQUIRED")


def summary(partner_id: str, quarter: date, ratings: Sequence[DistributorRating], *, today: date) -> RatingSummary:
    """The ratings together, if the quarter has ended and enough resellers have rated."""
    if quarter_of(today) <= quarter:
        state = RatingSummaryState.INSUFFICIENT_DATA_NOT_ENDED
        return RatingSummary(partner_id=partner_id, quarter=quarter, state=state)
    if len(ratings) < RESELLERS_SHOWN:
        state = RatingSummaryState.INSUFFICIENT_DATA_TOO_FEW
        return RatingSummary(partner_id=partner_id, quarter=quarter, state=state)
    sums = dict.fromkeys(RatingCriterion, 0)
    for rating in ratings:
        for one in rating.scores:
            sums[one.criterion] += one.score
    means = tuple(
        RatingMean(criterion=criterion, score_sum=value, mean=_mean(value, len(ratings)))
        for criterion, value in sums.items()
    )
    measured = RatingSummaryState.MEASURED
    return RatingSummary(
        partner_id=partner_id, quarter=quarter, state=measured, reseller_count=len(ratings), means=means
    )


def satisfaction(ratings: Sequence[DistributorRating]) -> Sum:
    """The sum of all scores of a quarter that has ended, of the number of scores; nothing if too few resellers have
    rated."""
    if len(ratings) < RESELLERS_SHOWN:
        return Sum()
    scores = [one.score for rating in ratings for one in rating.scores]
    return Sum(sum(scores), len(scores))


def recorded(rating: DistributorRating) -> DistributorRatingRecorded:
    """The event of a rating."""
    return DistributorRatingRecorded(distributor_partner_id=rating.distributor_partner_id, quarter=rating.quarter)


def _mean(value: int, count: int) -> str:
    return f"{Decimal(round(Fraction(value, count) * 100)).scaleb(-2):f}"
