"""A price list is decoded once for all the orders that ask it, and never older than the last one that was put."""

from services.orders.pricing.domain import PriceList, PriceListItem
from services.orders.pricing.reads import list_for
from services.orders.pricing.usecases import PutPriceList, put_price_list
from tests.component.orders.harness import TODAY, Harness, eur


async def put(harness: Harness, price: str) -> PriceList:
    """The next revision of the list for everybody."""
    items = (PriceListItem(sku="RTR-1", unit_price=eur(price)),)
    return await harness.run(
        put_price_list, PutPriceList, code="all", currency="EUR", valid_from=TODAY, items=items, tiers=()
    )


async def test_orders_share_one_decoded_list_until_another_is_put(harness: Harness) -> None:
    for price in ("1", "2"):
        written = await put(harness, price)
        first, again = [await list_for(harness.env, tier="GOLD", currency="EUR") for _ in range(2)]
        assert first == written
        assert first is again


async def test_a_list_that_another_replica_put_holds_for_the_next_order(harness: Harness) -> None:
    other = Harness(harness.env.store, harness.env.keys)
    for price in ("1", "2"):
        await put(other, price)
        found = await list_for(harness.env, tier="GOLD", currency="EUR")
        assert found is not None
        assert found.by_sku["RTR-1"].unit_price == eur(price)
