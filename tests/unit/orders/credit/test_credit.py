"""What becomes of a credit account: terms that it has are no change, and a review goes on from where it was seen."""

from datetime import timedelta

from msgspec.structs import replace

from services.orders.credit.domain import SUSPENSION_LASTS, HoldReview, agree, new_account, postponed, reviewed
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
