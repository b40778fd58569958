"""What a conversion carries, and which order is named on a claim."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.money import Money
from services.deals.claims.domain.registration import RegistrationLine
from services.deals.claims.domain.states import Review, Stage
from services.deals.conversion import domain as conversion
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize("review", Review)
def test_only_a_converted_claim_becomes_an_order_and_only_one(review: Review) -> None:
    reg = a_registration(review)
    linked = conversion.link(reg, order_id="first", partner_id=reg.partner_id)
    assert linked == (replace(reg, order_id="first") if review is Review.CONVERTED else None)
    known = replace(a_registration(Review.CONVERTED), order_id="first")
    for order in ("first", "second"):
        assert conversion.link(known, order_id=order, partner_id=known.partner_id) is None


def test_an_order_of_another_partner_is_not_named_on_a_claim() -> None:
    won = a_registration(Review.CONVERTED)
    assert conversion.link(won, order_id="first", partner_id=an_id("ptn", 2)) is None


def test_conversion_carries_the_lines_and_needs_a_currency() -> None:
    reg = a_registration(Review.APPROVED)
    with pytest.raises(conversion.CurrencyUnknown):
        conversion.convert(reg, "", now=LATER)
    line = RegistrationLine(sku="A", quantity=3, expected_amount=Money.of(9, "CHF"))
    priced = replace(reg, lines=(line,), expected_amount=line.expected_amount)
    won, event = conversion.convert(priced, "", now=LATER)
    assert won.stage is Stage.WON
    assert (event.currency, [(line.sku, line.quantity) for line in event.lines]) == ("CHF", [("A", 3)])
