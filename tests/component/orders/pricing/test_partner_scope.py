"""What a partner's people see of prices, and what nobody can do to an order by naming another's claim."""

from datetime import timedelta
from typing import Any

import pytest

from libs.errors import NotFound, NotYetKnown
from libs.partner import PartnerNotActive, PartnerStatus
from services.orders.ordering.domain.drafting import RegistrationNotOfPartner
from services.orders.ordering.usecases.conversion import DraftFromRegistration, draft_from_registration
from services.orders.pricing.domain import PriceList, PriceListItem
from services.orders.pricing.usecases import GetPriceList, PutPriceList, get_price_list, put_price_list
from tests.builders import NOW, a_call_of, an_id
from tests.component.orders.harness import PARTNER, Harness, eur
from tests.component.replica import body_of

OTHER = an_id("ptn", 2)


async def put(harness: Harness, code: str, *tiers: str) -> PriceList:
    """A list for these tiers."""
    content: dict[str, Any] = {"currency": "EUR", "valid_from": NOW.date() - timedelta(days=1)}
    items = (PriceListItem(sku="RTR-1", unit_price=eur("1")),)
    return await harness.run(put_price_list, PutPriceList, code=code, tiers=tiers, items=items, **content)


async def seen(harness: Harness, partner: str, **wanted: Any) -> PriceList | str:
    """The list as the partner's people see it, or why they do not."""
    try:
        return await get_price_list(harness.env, GetPriceList(call=a_call_of(partner), **wanted))
    except NotFound as err:
        return err.message


async def test_a_partner_sees_the_lists_for_everybody_and_for_its_tier(harness: Harness) -> None:
    await harness.partner(id=OTHER, tier="")
    everybody, gold = await put(harness, "all"), await put(harness, "gold", "GOLD")
    silver = await put(harness, "silver", "SILVER")
    for found, by_gold, by_none in ((everybody, True, True), (gold, True, False), (silver, False, False)):
        for wanted in ({"id": found.id}, {"code": found.code}, {"code": found.code, "revision": 1}):
            (name,) = [value for field, value in wanted.items() if field != "revision"]
            hidden = f"price_list {name} does not exist"
            assert await seen(harness, PARTNER, **wanted) == (found if by_gold else hidden)
            assert await seen(harness, OTHER, **wanted) == (found if by_none else hidden)
            assert await seen(harness, "", **wanted) == found


async def test_a_revision_is_seen_by_those_it_was_for(harness: Harness) -> None:
    first = await put(harness, "dealers", "SILVER")
    second = await put(harness, "dealers", "GOLD")
    assert await seen(harness, PARTNER, code="dealers") == second
    assert (
        await seen(harness, PARTNER, code="dealers", revision=1) == f"price_list_revision {first.id}:1 does not exist"
    )
    assert await seen(harness, "", code="dealers", revision=1) == first


@pytest.mark.parametrize("writer", [PARTNER, OTHER])
async def test_a_claim_becomes_an_order_of_its_own_whoever_wrote_its_id_before(harness: Harness, writer: str) -> None:
    await harness.partner(id=OTHER)
    await harness.partner(parent_partner_id=OTHER)
    claim = await harness.registration()
    squatting = await harness.draft(partner=writer, registration_id=claim)
    won = {"registration_id": claim, "partner_id": PARTNER, "country": "DE", "currency": "EUR"}
    order = await harness.run(draft_from_registration, DraftFromRegistration, **won)
    assert (order.partner_id, order.registration_id) == (PARTNER, claim)
    assert order.id != squatting.id
    made: list[Any] = [body_of(one) for one in harness.told]
    assert [(one.order_id, one.from_conversion) for one in made] == [(squatting.id, False), (order.id, True)]
    assert await harness.run(draft_from_registration, DraftFromRegistration, **won) == order


async def test_an_order_names_a_registration_of_its_partner_or_of_one_below_it(harness: Harness) -> None:
    above, below, lowest = PARTNER, an_id("ptn", 4), an_id("ptn", 5)
    await harness.partner(id=below, parent_partner_id=above)
    await harness.partner(id=lowest, parent_partner_id=below)
    await harness.partner(id=OTHER)
    claims = {
        owner: await harness.registration(number, partner=owner)
        for number, owner in enumerate((above, below, lowest, OTHER), start=1)
    }
    named: dict[str, set[str]] = {}
    for buyer in (above, below, lowest, OTHER):
        for owner, claim in {**claims, "unknown": an_id("reg", 9)}.items():
            try:
                order = await harness.draft(partner=buyer, registration_id=claim)
            except RegistrationNotOfPartner:
                continue
            except NotYetKnown:
                assert owner == "unknown"
                continue
            assert order.registration_id == claim
            named.setdefault(buyer, set()).add(owner)
    assert named == {above: {above, below, lowest}, below: {below, lowest}, lowest: {lowest}, OTHER: {OTHER}}


@pytest.mark.parametrize("status", PartnerStatus)
async def test_terms_are_agreed_on_with_those_who_are_or_may_become_partners(
    harness: Harness, status: PartnerStatus
) -> None:
    await harness.partner(status)
    if status in (PartnerStatus.REJECTED, PartnerStatus.TERMINATED):
        with pytest.raises(PartnerNotActive):
            await harness.terms()
    else:
        assert (await harness.terms()).partner_id == PARTNER
