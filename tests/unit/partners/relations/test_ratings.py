"""What is shown of ratings, against a count by hand: nothing before the end of the quarter or of fewer than three."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.partners.relations.domain.rating import (
    DistributorRating,
    RatingCriterion,
    RatingScore,
    RatingSummaryState,
    last_quarter,
    quarter_of,
    rating_id,
    score_violations,
    summary,
)
from tests.builders import NOW, an_id

QUARTER = date(2026, 1, 1)
ABOVE = an_id("ptn")
State = RatingSummaryState


def _rating(number: int, values: list[int]) -> DistributorRating:
    partner_id = an_id("ptn")[:-3] + f"{number:03}"
    pairs = zip(RatingCriterion, values, strict=True)
    return DistributorRating(
        id=rating_id(partner_id, QUARTER),
        partner_id=partner_id,
        distributor_partner_id=ABOVE,
        quarter=QUARTER,
        scores=tuple(RatingScore(criterion=criterion, score=score) for criterion, score in pairs),
        create_time=NOW,
    )


@given(
    st.lists(st.lists(st.integers(1, 5), min_size=5, max_size=5), max_size=12),
    st.dates(date(2025, 12, 1), date(2026, 12, 31)),
)
def test_means_are_those_of_a_count_by_hand_or_nothing_is_shown(given_scores: list[list[int]], today: date) -> None:
    ratings = [_rating(number, values) for number, values in enumerate(given_scores)]
    found = summary(ABOVE, QUARTER, ratings, today=today)
    if today < date(2026, 4, 1):
        assert (found.state, found.reseller_count, found.means) == (State.INSUFFICIENT_DATA_NOT_ENDED, 0, ())
    elif len(given_scores) < 3:
        assert (found.state, found.reseller_count, found.means) == (State.INSUFFICIENT_DATA_TOO_FEW, 0, ())
    else:
        columns = [[row[place] for row in given_scores] for place in range(5)]
        expected = [(sum(column), round(Decimal(sum(column)) / len(column), 2)) for column in columns]
        assert [(one.score_sum, Decimal(one.mean)) for one in found.means] == expected
        assert found.reseller_count == len(given_scores)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_last_quarter_has_ended_and_the_next_one_has_not(today: date) -> None:
    last, this = last_quarter(today), quarter_of(today)
    assert last < this <= today
    assert quarter_of(last) == last
    assert (this.year * 12 + this.month) - (last.year * 12 + last.month) == 3


def test_a_rating_has_one_score_for_each_criterion() -> None:
    scores = [RatingScore(criterion=RatingCriterion.DELIVERY, score=3)] * 2
    assert [(one.field, one.reason) for one in score_violations(scores)] == [
        ("scores[1].criterion", "DUPLICATE_CRITERION"),
        *([("scores", "REQUIRED")] * 4),
    ]
