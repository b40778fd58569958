"""A submission reads the territories that may stand in its way, however many a country has."""

from datetime import timedelta
from typing import Any

import pytest

from libs.partner import TerritoryFacts
from libs.partner_projection import TERRITORIES, exclusive_grants, has_grants, own_grants
from libs.store.port import ROWS_PER_PAGE, WRITES_PER_COMMIT, Store, create
from services.deals.claims.domain.registration import RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.review.domain.territory import TerritoryExclusive
from tests.builders import NOW, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer

SWITCHES = RegistrationLine(sku="SW-1", product_line="SWITCHES")


async def test_anothers_exclusive_territory_is_closed_for_its_products_while_it_lasts(harness: Harness) -> None:
    today = NOW.date()
    await harness.territory(1, product_line="ROUTERS", valid_from=today, valid_until=today + timedelta(days=1))
    await harness.territory(2, partner=PARTNER, product_line="SWITCHES")
    await harness.territory(3, exclusive=False)
    with pytest.raises(TerritoryExclusive) as refused:
        await harness.submit(await harness.draft())
    assert refused.value.metadata == {"territory": "DE"}
    assert (await harness.submit(await harness.draft(lines=(SWITCHES,)))).review is Review.SUBMITTED
    assert (await harness.submit(await harness.draft(RIVAL))).review is Review.SUBMITTED
    elsewhere = a_customer("Acme", "AT")
    assert (await harness.submit(await harness.draft(customer=elsewhere))).review is Review.SUBMITTED
    harness.days(2)
    assert (await harness.submit(await harness.draft())).review is Review.SUBMITTED


TODAY = NOW.date()
MORE_THAN_ANYBODY_READS = 10_100


async def _grants(store: Store, count: int, first: int = 0, **facts: Any) -> None:
    content = {"facts_version": 1, "country": "DE", "partner_id": RIVAL, **facts}
    puts = [create(TERRITORIES, TerritoryFacts(id=f"trr_local_{first + n:026d}", **content)) for n in range(count)]
    for start in range(0, count, WRITES_PER_COMMIT):
        await store.commit(puts[start : start + WRITES_PER_COMMIT])


async def test_a_country_may_have_any_number_of_grants(harness: Harness, store: Store) -> None:
    await _grants(store, MORE_THAN_ANYBODY_READS)
    assert (await harness.submit(await harness.draft())).review is Review.SUBMITTED
    await harness.territory(product_line="ROUTERS")
    with pytest.raises(TerritoryExclusive):
        await harness.submit(await harness.draft())


async def test_only_what_may_stand_in_the_way_is_read(store: Store) -> None:
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    kept: list[dict[str, Any]] = [
        {"product_line": "ROUTERS"},
        {},
        {"product_line": "ROUTERS", "valid_until": TODAY},
        {"valid_until": tomorrow, "partner_id": PARTNER},
    ]
    left: list[dict[str, Any]] = [
        {"product_line": "SWITCHES"},
        {"valid_until": yesterday},
        {"country": "AT"},
        {"exclusive": False},
    ]
    for number, facts in enumerate((*kept, *left)):
        await _grants(store, 1, number, **{"exclusive": True, **facts})
    found = await exclusive_grants(store, "DE", {"ROUTERS"}, on=TODAY)
    assert sorted(int(one.id[-2:]) for one in found) == list(range(len(kept)))
    own = await own_grants(store, PARTNER, "DE", {"ROUTERS"}, on=TODAY)
    assert [one.valid_until for one in own] == [tomorrow]
    assert [await has_grants(store, one) for one in (PARTNER, RIVAL, an_id("ptn", 3))] == [True, True, False]


@pytest.mark.parametrize("facts", [{}, {"valid_until": TODAY}])
async def test_all_pages_are_read(store: Store, facts: dict[str, Any]) -> None:
    await _grants(store, ROWS_PER_PAGE + 1, exclusive=True, **facts)
    assert len(await exclusive_grants(store, "DE", {"ROUTERS"}, on=TODAY)) == ROWS_PER_PAGE + 1
