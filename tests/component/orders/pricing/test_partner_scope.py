"""What a partner's people see of prices, and what nobody can do to an order by naming another's claim."""

from datetime import timedelta
from typing import Any

import pytest

from libs.errors import NotFound
from libs.partner import PartnerNotActive, PartnerStatus
from services.orders.ordering.domain.drafting import RegistrationNotOfPartner
from services.orders.ordering.usecases.conversion import DraftFromRegistration, draft_from_registration
from services.orders.pricing.domain import PriceList, PriceListItem
from services.orders.pricing.usecases import GetPriceList, PutPriceList, get_price_list, put_price_list
from tests.builders import NOW, a_call_of, an_id
from tests.component.orders.desk import PARTNER, Desk, eur
from tests.component.replica import body_of

OTHER = an_id("ptn", 2)


async def put(desk: Desk, code: str, *tiers: str) -> PriceList:
    """A list for these tiers."""
    content: dict[str, Any] = {"currency": "EUR", "valid_from": NOW.date() - timedelta(days=1)}
    items = (PriceListItem(sku="RTR-1", unit_price=eur("1")),)
    return await desk.run(put_price_list, PutPriceList, code=code, tiers=tiers, items=items, **content)


async def seen(desk: Desk, partner: str, **wanted: Any) -> PriceList | str:
    """The list as the partner's people see it, or why they do not."""
    try:
        return await get_price_list(desk.env, GetPriceList(call=a_call_of(partner), **wanted))
    except NotFound as err:
        return err.message


async def test_a_partner_sees_the_lists_for_everybody_and_for_its_tier(desk: Desk) -> None:
    await desk.partner(id=OTHER, tier="")
    everybody, gold = await put(desk, "all"), await put(desk, "gold", "GOLD")
    silver = await put(desk, "silver", "SILVER")
    for found, by_gold, by_none in ((everybody, True, True), (gold, True, False), (silver, False, False)):
        for wanted in ({"id": found.id}, {"code": found.code}, {"code": found.code, "revision": 1}):
            (name,) = [value for field, value in wanted.items() if field != "revision"]
            hidden = f"price_list {name} does not exist"
            assert await seen(desk, PARTNER, **wanted) == (found if by_gold else hidden)
            assert await seen(desk, OTHER, **wanted) == (found if by_none else hidden)
            assert await seen(desk, "", **wanted) == found


async def test_a_revision_is_seen_by_those_it_was_for(desk: Desk) -> None:
    first = await put(desk, "dealers", "SILVER")
    second = await put(desk, "dealers", "GOLD")
    assert await seen(desk, PARTNER, code="dealers") == second
    assert await seen(desk, PARTNER, code="dealers", revision=1) == f"price_list_revision {first.id}:1 does not exist"
    assert await seen(desk, "", code="dealers", revision=1) == first


@pytest.mark.parametrize("writer", [PARTNER, OTHER])
async def test_a_claim_becomes_an_order_of_its_own_whoever_wrote_its_id_before(desk: Desk, writer: str) -> None:
    await desk.partner(id=OTHER)
    await desk.partner(parent_partner_id=OTHER)
    claim = await desk.registration()
    squatting = await desk.draft(partner=writer, registration_id=claim)
    won = {"registration_id": claim, "partner_id": PARTNER, "country": "DE", "currency": "EUR"}
    order = await desk.run(draft_from_registration, DraftFromRegistration, **won)
    assert (order.partner_id, order.registration_id) == (PARTNER, claim)
    assert order.id != squatting.id
    made: list[Any] = [body_of(one) for one in desk.told]
    assert [(one.order_id, one.from_conversion) for one in made] == [(squatting.id, False), (order.id, True)]
    assert await desk.run(draft_from_registration, DraftFromRegistration, **won) == order


async def test_an_order_names_a_registration_of_its_partner_or_of_one_below_it(desk: Desk) -> None:
    above, below, lowest = PARTNER, an_id("ptn", 4), an_id("ptn", 5)
    await desk.partner(id=below, parent_partner_id=above)
    await desk.partner(id=lowest, parent_partner_id=below)
    await desk.partner(id=OTHER)
    claims = {
        owner: await desk.registration(number, partner=owner)
        for number, owner in enumerate((above, below, lowest, OTHER), start=1)
    }
    named: dict[str, set[str]] = {}
    for buyer in (above, below, lowest, OTHER):
        for owner, claim in {**claims, "unknown": an_id("reg", 9)}.items():
            try:
                order = await desk.draft(partner=buyer, registration_id=claim)
            except RegistrationNotOfPartner:
                continue
            assert order.registration_id == claim
            named.setdefault(buyer, set()).add(owner)
    assert named == {above: {above, below, lowest}, below: {below, lowest}, lowest: {lowest}, OTHER: {OTHER}}


@pytest.mark.parametrize("status", PartnerStatus)
async def test_terms_are_agreed_on_with_those_who_are_or_may_become_partners(desk: Desk, status: PartnerStatus) -> None:
    await desk.partner(status)
    if status in (PartnerStatus.REJECTED, PartnerStatus.TERMINATED):
        with pytest.raises(PartnerNotActive):
            await desk.terms()
    else:
        assert (await desk.terms()).partner_id == PARTNER
