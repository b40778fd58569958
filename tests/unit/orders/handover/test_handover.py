"""Which orders a handover moves, by state."""

import pytest
from msgspec.structs import replace

from libs.handover_row import HandoverStay
from libs.money import Money
from libs.partner import PartnerFacts, PartnerStatus
from services.orders.credit.domain import CreditAccount, new_account
from services.orders.handover.domain import OPEN, hand_over, stay_of
from services.orders.record.domain.states import OrderState
from tests.builders import NOW, an_id
from tests.unit.orders.orders import a_draft

TARGET = PartnerFacts(id=an_id("ptn", 2), facts_version=1, status=PartnerStatus.ACTIVE)
ORDER = replace(a_draft(), not_invoiced=Money.of("100", "EUR"), purchase_order_number="PO-1")
MOVING = {OrderState.DRAFT, OrderState.SUBMITTED, OrderState.HELD, OrderState.CONFIRMED}


def account(limit: str) -> CreditAccount:
    """The account of the target, without debt."""
    return replace(new_account(TARGET.id, "EUR"), limit=Money.of(limit, "EUR"))


@pytest.mark.parametrize("state", OrderState)
def test_an_order_of_which_nothing_was_shipped_moves(state: OrderState) -> None:
    assert (state in OPEN) is (state not in {OrderState.COMPLETED, OrderState.CANCELED})
    if state in OPEN:
        found = stay_of(replace(ORDER, state=state), TARGET, account("100"), outside=False)
        assert found is (None if state in MOVING else HandoverStay.IN_FULFILLMENT)


@pytest.mark.parametrize("state", [one for one in OrderState if one in MOVING])
def test_only_a_confirmed_order_needs_credit_and_territory_of_the_target(state: OrderState) -> None:
    order, confirmed = replace(ORDER, state=state), state is OrderState.CONFIRMED
    lacks = HandoverStay.TARGET_LACKS_CREDIT if confirmed else None
    assert stay_of(order, TARGET, account("99"), outside=False) is lacks
    assert stay_of(order, TARGET, new_account(TARGET.id, "EUR"), outside=False) is lacks
    outside = HandoverStay.TARGET_LACKS_TERRITORY if confirmed else None
    assert stay_of(order, TARGET, account("100"), outside=True) is outside


def test_it_moves_to_an_active_partner_only() -> None:
    for status in PartnerStatus:
        expected = None if status is PartnerStatus.ACTIVE else HandoverStay.TARGET_NOT_ACTIVE
        assert stay_of(ORDER, replace(TARGET, status=status), account("100"), outside=False) is expected


def test_a_number_that_the_target_has_used_is_kept_as_a_repeated_one() -> None:
    of = an_id("hov")
    moved, _ = hand_over(ORDER, TARGET.id, handover_id=of, number_taken=False, now=NOW)
    assert moved == replace(ORDER, partner_id=TARGET.id, update_time=NOW)
    repeated, _ = hand_over(ORDER, TARGET.id, handover_id=of, number_taken=True, now=NOW)
    assert (repeated.purchase_order_number, repeated.repeated_purchase_order_number) == (None, "PO-1")
    assert repeated.stated_purchase_order_number == "PO-1"
