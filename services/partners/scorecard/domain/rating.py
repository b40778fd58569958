"""A rating: what a person of the vendor thinks of a partner's willingness or ability in a quarter, with a reason."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import Violation
from libs.quarters import quarter_violations
from services.partners.scorecard.domain.model import RatedAspect


class RatingReason(Enum):
    """Why a partner got its rating."""

    MANAGEMENT_COMMITMENT = "MANAGEMENT_COMMITMENT"
    INVESTMENT = "INVESTMENT"
    COOPERATION = "COOPERATION"
    SALES_SKILL = "SALES_SKILL"
    TECHNICAL_SKILL = "TECHNICAL_SKILL"
    STAFFING = "STAFFING"
    FINANCIAL_STRENGTH = "FINANCIAL_STRENGTH"
    COMPETING_LINES = "COMPETING_LINES"
    OTHER = "OTHER"


class PartnerRating(Document, frozen=True, kw_only=True):
    """A rating, from 0 to 100; a partner has one of each aspect and quarter."""

    partner_id: str
    aspect: RatedAspect
    quarter: date
    score: int
    rating_reason: RatingReason
    create_time: datetime


def rating_violations(quarter: date, *, today: date) -> Iterator[Violation]:
    """NOT_A_QUARTER, IN_THE_FUTURE for a quarter that has not begun, or OUT_OF_RANGE."""
    yield from quarter_violations("quarter", quarter)
    yield from first_day_violations("quarter", quarter)
    if quarter > today:
        yield Violation("quarter", f"has not begun on {today}", "IN_THE_FUTURE")
