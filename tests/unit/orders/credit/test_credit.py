"""What becomes of a credit account: terms that it has are no change, and a review goes on from where it was seen; and
what limit is proposed."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.partner import CreditProposal, PartnerFacts, PartnerStatus
from services.orders.credit.domain import (
    SUSPENSION_LASTS,
    HoldReview,
    agree,
    new_account,
    postponed,
    proposed_limit,
    reviewed,
)
from services.orders.record.domain.states import MAY_HAVE_TERMS
from tests.builders import NOW, an_id
from tests.unit.orders.orders import eur

EMPTY = new_account(an_id("ptn"), "EUR")
SEEN = HoldReview(due=NOW)
UNDER_REVIEW = replace(EMPTY, holds_orders=True, review=SEEN)


def test_terms_are_counted_and_the_same_terms_again_are_no_change() -> None:
    agreed = agree(EMPTY, eur("100"), 14, now=NOW)
    assert agreed is not None
    account, event = agreed
    assert (account.limit, account.terms_days, account.terms_version) == (eur("100"), 14, 1)
    assert (event.partner_id, event.limit, event.terms_days) == (EMPTY.partner_id, eur("100"), 14)
    assert agree(account, eur("100"), 14, now=NOW) is None
    assert agree(account, eur("100"), 15, now=NOW) is not None


def test_a_page_that_somebody_else_has_turned_is_not_turned_again() -> None:
    turned = reviewed(UNDER_REVIEW, SEEN, cursor="next", found=True, now=NOW)
    assert turned is not None
    assert turned.review == HoldReview(due=NOW, after="next")
    assert reviewed(turned, SEEN, cursor="other", found=True, now=NOW) is None
    assert reviewed(EMPTY, SEEN, cursor="", found=True, now=NOW) is None


def test_the_last_page_ends_a_review_unless_there_was_more_room_meanwhile() -> None:
    last = reviewed(UNDER_REVIEW, SEEN, cursor="", found=False, now=NOW)
    assert last is not None
    assert (last.review, last.holds_orders) == (None, False)
    again = replace(UNDER_REVIEW, review=HoldReview(due=NOW, again=True))
    later = NOW + timedelta(minutes=1)
    assert reviewed(again, SEEN, cursor="", found=True, now=later) == replace(again, review=HoldReview(due=later))


def test_the_review_of_a_suspended_partner_waits_and_that_of_one_that_has_left_ends() -> None:
    waiting = postponed(UNDER_REVIEW, suspended=True, now=NOW)
    assert waiting == replace(UNDER_REVIEW, review=HoldReview(due=NOW + SUSPENSION_LASTS))
    assert postponed(UNDER_REVIEW, suspended=False, now=NOW) == replace(UNDER_REVIEW, review=None)
    assert postponed(EMPTY, suspended=True, now=NOW) is None


@pytest.mark.parametrize("status", list(PartnerStatus))
def test_a_limit_is_proposed_in_its_currency_while_the_partner_may_have_terms(status: PartnerStatus) -> None:
    proposal = CreditProposal(
        limit=eur("9000"), program="CHANNEL", program_id=an_id("prg"), program_number=1, level_code="GOLD"
    )
    bare = PartnerFacts(id=an_id("ptn"), facts_version=1, status=status)
    partner = replace(bare, credit_proposal=proposal)
    assert proposed_limit(partner, "EUR") == (proposal if status in MAY_HAVE_TERMS else None)
    assert (proposed_limit(partner, "USD"), proposed_limit(bare, "EUR")) == (None, None)
