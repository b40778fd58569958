"""A partner's people see of a rival no more than they may, in whatever state the two claims are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.deals.domain.matching import Conflict, MatchReason
from services.deals.domain.states import MatchKey, OverrideReason, Review
from services.deals.domain.viewing import shown, shown_rivals
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

MONTH = NOW.replace(day=1, hour=0)
OPEN = {Review.UNDER_REVIEW, Review.ACTION_REQUIRED, Review.APPROVED}
OWN, RIVAL, ABOVE = an_id("ptn"), an_id("ptn", 2), an_id("ptn", 3)
REVIEWS = st.sampled_from(Review)


def _conflict(review: Review, partner: str = RIVAL) -> Conflict:
    return Conflict(
        registration_id=an_id("reg", 2),
        partner_id=partner,
        score=70,
        reasons=(MatchReason(MatchKey.DOMAIN, 85),),
        contradictions=(MatchReason(MatchKey.REGISTRATION_ID, 15),),
        review=review,
        earlier=True,
        same_partner=partner == OWN,
        same_country=True,
        product_lines=("ROUTERS",),
        protected_until=NOW if review is Review.APPROVED else None,
    )


@given(REVIEWS, REVIEWS)
def test_the_vendors_people_see_everything(review: Review, theirs: Review) -> None:
    reg = replace(a_registration(review), conflict_count=3, override_reason=OverrideReason.AGREED)
    found = (_conflict(theirs), _conflict(theirs, OWN))
    assert (shown(reg, ""), shown_rivals(reg, found, "")) == (reg, found)


@given(REVIEWS, REVIEWS, st.sampled_from([OWN, ABOVE]))
def test_no_partner_learns_whose_a_rival_is_on_what_nor_a_day(review: Review, theirs: Review, viewer: str) -> None:
    for one in shown_rivals(a_registration(review), (_conflict(theirs),), viewer):
        assert (one.registration_id, one.partner_id, one.product_lines, one.contradictions) == ("", "", (), ())
        assert one.protected_until in (None, MONTH)


@pytest.mark.parametrize("review", Review)
def test_a_partner_is_told_of_rivals_only_of_an_open_claim_that_cannot_be_recalled(review: Review) -> None:
    reg = replace(a_registration(review), conflict_count=1, override_reason=OverrideReason.AGREED)
    told = int(review in OPEN)
    seen = shown(reg, OWN)
    assert (seen.conflict_count, seen.override_reason) == (told, None)
    assert len(shown_rivals(reg, (_conflict(Review.APPROVED),), OWN)) == told


@pytest.mark.parametrize(
    ("review", "told"),
    [
        (Review.UNDER_REVIEW, (None, None)),
        (Review.ACTION_REQUIRED, (None, None)),
        (Review.APPROVED, (Review.APPROVED, MONTH)),
    ],
)
def test_how_a_rival_stands_is_told_after_the_vendors_decision(review: Review, told: tuple[object, object]) -> None:
    [one] = shown_rivals(a_registration(review), (_conflict(Review.APPROVED),), OWN)
    assert (one.review, one.protected_until) == told


@pytest.mark.parametrize("review", Review)
def test_a_partner_sees_its_own_claims_whole(review: Review) -> None:
    own = _conflict(Review.APPROVED, OWN)
    assert own in shown_rivals(a_registration(review), (_conflict(Review.APPROVED), own), OWN)
