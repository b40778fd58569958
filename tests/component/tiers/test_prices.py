"""Orders uses the price list and shows the credit proposal, deals uses the claim limit, of the level that a partner
has by its programme."""

import pytest

from libs.partner_projection import PARTNERS
from libs.store.port import get
from services.orders.credit.usecases import CreditStanding, GetCreditAccount, get_credit_account
from services.orders.ordering.domain.drafting import OrderLineDraft, PricesExpired
from services.orders.pricing.domain import PriceListItem
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import LineKind
from services.partners.tier_review.domain.enrolment import Enrolment
from services.partners.tier_review.jobs import review_tiers
from services.partners.tier_review.usecases import enrolments
from tests.builders import NOW
from tests.component.handover.world import World
from tests.component.orders.harness import TODAY, eur
from tests.component.partners.tier_review import acts


async def test_a_review_that_moves_a_partner_up_gives_it_the_prices_of_its_level(world: World) -> None:
    enrolment = await _enrolled(world)
    draft = await _draft(world)
    assert _price(draft) == "100.0000"
    assert (await _credit(world)).proposed_limit is None
    await acts.order(world.partners, world.leaver.id, 6000)
    world.later(seconds=(acts.QUARTER_ENDS - NOW).total_seconds())
    while await review_tiers(world.partners.env):
        await world.arrive()
    assert _price(await _draft(world)) == "80.0000"
    with pytest.raises(PricesExpired):
        await world.orders.submit(draft)
    known = await get(world.deals.env.store, PARTNERS, world.leaver.id)
    assert known is not None
    assert (known.value.tier, known.value.claim_limit, known.value.protection_days) == ("TOP", 50, 120)
    credit = await _credit(world)
    assert credit.proposed_limit is not None
    assert (credit.proposed_limit.limit, credit.proposed_limit.level_code) == (eur("9000"), "GOLD")
    assert credit.account is not None
    assert credit.account.limit == eur("1000000")
    await world.partners.run(enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id)
    await world.arrive()
    assert _price(await _draft(world)) == "100.0000"
    assert (await _credit(world)).proposed_limit is None


async def _enrolled(world: World) -> Enrolment:
    """The membership of the first partner at the lowest level. There is a list for everybody and one for the highest
    level."""
    for code, price, tiers in (("all", "100", ()), ("top", "80", ("TOP",))):
        items = (PriceListItem(sku="RTR-1", unit_price=eur(price)),)
        content = {"code": code, "currency": "EUR", "valid_from": TODAY, "items": items, "tiers": tiers}
        await world.orders.run(put_price_list, PutPriceList, **content)
    await acts.publish(world.partners)
    enrolment = await acts.enroll(world.partners, world.leaver.id)
    await world.arrive()
    return enrolment


async def _draft(world: World) -> Order:
    line = OrderLineDraft(kind=LineKind.PRODUCT, sku="RTR-1", quantity=1)
    return await world.orders.draft(line, partner=world.leaver.id)


async def _credit(world: World) -> CreditStanding:
    return await world.orders.look(get_credit_account, GetCreditAccount, partner_id=world.leaver.id, currency="EUR")


def _price(order: Order) -> str:
    [line] = order.lines
    assert line.unit_price is not None
    return str(line.unit_price.decimal)
