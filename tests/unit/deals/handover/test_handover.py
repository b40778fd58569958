"""Which registrations a handover moves, by state."""

from datetime import date

import pytest
from msgspec.structs import replace

from libs.handover_row import HandoverStay
from libs.partner import PartnerFacts, PartnerStatus, TerritoryFacts
from services.deals.claims.domain.states import Review, Stage
from services.deals.handover.domain import OPEN, hand_over, stay_of
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

ON = date(2026, 3, 2)
TARGET = PartnerFacts(id=an_id("ptn", 2), facts_version=1, status=PartnerStatus.ACTIVE)
FOREIGN = TerritoryFacts(id=an_id("trr"), facts_version=1, partner_id=an_id("ptn", 3), country="DE", exclusive=True)
FINISHED = {Review.REJECTED, Review.WITHDRAWN, Review.EXPIRED, Review.CONVERTED, Review.CANCELED}


@pytest.mark.parametrize("review", Review)
def test_a_registration_that_has_not_ended_is_open_and_moves(review: Review) -> None:
    assert (review in OPEN) is (review not in FINISHED)
    if review in OPEN:
        assert stay_of(a_registration(review), TARGET, (), on=ON) is None


@pytest.mark.parametrize("status", PartnerStatus)
def test_it_moves_to_an_active_partner_only(status: PartnerStatus) -> None:
    expected = None if status is PartnerStatus.ACTIVE else HandoverStay.TARGET_NOT_ACTIVE
    assert stay_of(a_registration(Review.APPROVED), replace(TARGET, status=status), (), on=ON) is expected


def test_it_stays_with_an_unknown_target_if_the_deal_is_lost_or_the_territory_is_anothers() -> None:
    claim = a_registration(Review.SUBMITTED)
    place = replace(FOREIGN, country=claim.customer.country)
    assert stay_of(claim, None, (), on=ON) is HandoverStay.TARGET_NOT_ACTIVE
    assert stay_of(replace(claim, stage=Stage.LOST), TARGET, (), on=ON) is HandoverStay.DEAL_LOST
    assert stay_of(claim, TARGET, (place,), on=ON) is HandoverStay.TARGET_LACKS_TERRITORY
    assert stay_of(claim, TARGET, (replace(place, partner_id=TARGET.id),), on=ON) is None
    assert stay_of(a_registration(Review.DRAFT), TARGET, (place,), on=ON) is None


def test_a_handover_changes_nothing_but_the_partner() -> None:
    claim = a_registration(Review.APPROVED)
    moved, event = hand_over(claim, TARGET.id, handover_id=an_id("hov"), now=NOW)
    assert moved == replace(claim, partner_id=TARGET.id, update_time=NOW)
    assert (event.partner_id, event.from_partner_id) == (TARGET.id, claim.partner_id)
