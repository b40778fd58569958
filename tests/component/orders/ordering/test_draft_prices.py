"""An order is handed in at prices that hold on that day: whoever wrote it sees others first."""

from datetime import timedelta
from typing import Any

import pytest

from services.orders.ordering.domain.drafting import OrderChanges, OrderLineDraft, PricesExpired
from services.orders.ordering.domain.transitions import DeliveryDayPassed
from services.orders.ordering.usecases.drafting import UpdateOrder, update_order
from services.orders.pricing.domain import NoPrice, PriceListItem, PriceOutsideCorridor, Promotion
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import LineKind, OrderState
from tests.component.orders.harness import TODAY, Harness, eur, goods

SPRING = Promotion(
    code="SPRING", sku="RTR-1", discount_basis_points=5000, valid_from=TODAY, valid_until=TODAY + timedelta(days=1)
)
ROUTER, CABLE = PriceListItem(sku="RTR-1", unit_price=eur("100")), PriceListItem(sku="CBL-1", unit_price=eur("5"))


async def put(harness: Harness, *items: PriceListItem, **fields: Any) -> None:
    """The dealers' list from now on."""
    content = {"code": "dealer", "currency": "EUR", "valid_from": TODAY, "items": items or (CABLE, ROUTER), **fields}
    await harness.run(put_price_list, PutPriceList, **content)


async def drafted(harness: Harness, **fields: Any) -> Order:
    """Cables and routers at the prices of the list, within terms."""
    await harness.terms()
    lines = [OrderLineDraft(kind=LineKind.PRODUCT, sku=sku, quantity=2) for sku in ("CBL-1", "RTR-1")]
    return await harness.draft(*lines, **fields)


async def update(harness: Harness, draft: Order, **changes: Any) -> Order:
    """Replace fields, which finds the prices anew."""
    return await harness.run(update_order, UpdateOrder, id=draft.id, changes=OrderChanges(**changes))


async def test_a_promotion_that_is_over_is_not_confirmed(harness: Harness) -> None:
    await put(harness, promotions=(SPRING,))
    draft = await drafted(harness)
    harness.days(1)
    soon = await harness.submit(await drafted(harness))
    assert (soon.state, soon.totals.total) == (OrderState.CONFIRMED, eur("110"))
    harness.days(90)
    harness.names()
    with pytest.raises(PricesExpired) as refused:
        await harness.submit(draft)
    assert refused.value.metadata == {"id": draft.id, "lines": "2"}
    assert (await harness.order(draft), harness.names()) == (draft, [])
    seen = await update(harness, draft, lines=(), territory="")
    assert seen.lines == ()
    seen = await update(harness, draft, lines=tuple(_asked(draft)))
    assert (await harness.submit(seen)).totals.total == eur("210")


async def test_prices_of_a_list_that_is_over_are_gone(harness: Harness) -> None:
    await put(harness, valid_until=TODAY)
    draft = await drafted(harness)
    harness.days(1)
    with pytest.raises(PricesExpired) as refused:
        await harness.submit(draft)
    assert refused.value.metadata["lines"] == "1, 2"
    with pytest.raises(NoPrice):
        await drafted(harness)


async def test_the_same_price_of_a_newer_revision_is_explained_by_it(harness: Harness) -> None:
    await put(harness)
    draft = await drafted(harness)
    await put(harness)
    assert (await harness.submit(await drafted(harness))).lines[0].price.price_list_revision == 1, "the same list again"
    await put(harness, valid_until=TODAY)
    order = await harness.submit(draft)
    assert order.totals == draft.totals
    assert [line.price.price_list_revision for line in (*draft.lines, *order.lines)] == [1, 1, 2, 2]


async def test_a_given_price_must_be_inside_the_corridor_of_the_day(harness: Harness) -> None:
    await harness.terms()
    draft = await harness.draft(goods(price="70"))
    await put(harness, PriceListItem(sku="RTR-1", unit_price=eur("100"), min_unit_price=eur("80")))
    with pytest.raises(PriceOutsideCorridor):
        await harness.submit(draft)


async def test_what_is_wanted_on_a_day_that_has_passed_is_not_handed_in(harness: Harness) -> None:
    await harness.terms()
    draft = await harness.draft(requested_delivery_date=TODAY)
    other = await harness.draft(requested_delivery_date=TODAY)
    assert (await harness.submit(other)).state is OrderState.CONFIRMED
    harness.days(1)
    with pytest.raises(DeliveryDayPassed):
        await harness.submit(draft)
    await update(harness, draft, requested_delivery_date=None)
    assert (await harness.submit(draft)).state is OrderState.CONFIRMED


def _asked(order: Order) -> list[OrderLineDraft]:
    return [OrderLineDraft(kind=line.kind, sku=line.sku, quantity=line.quantity) for line in order.lines]
