"""An order is handed in at prices that hold on that day: whoever wrote it sees others first."""

from datetime import timedelta
from typing import Any

import pytest

from services.orders.ordering.domain.drafting import OrderLineDraft, PricesExpired
from services.orders.ordering.domain.transitions import DeliveryDayPassed
from services.orders.ordering.usecases.drafting import UpdateOrder, update_order
from services.orders.pricing.domain import NoPrice, PriceListItem, PriceOutsideCorridor, Promotion
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import LineKind, OrderState
from tests.component.orders.desk import TODAY, Desk, eur, goods

SPRING = Promotion(
    code="SPRING", sku="RTR-1", discount_basis_points=5000, valid_from=TODAY, valid_until=TODAY + timedelta(days=1)
)
ROUTER, CABLE = PriceListItem(sku="RTR-1", unit_price=eur("100")), PriceListItem(sku="CBL-1", unit_price=eur("5"))


async def put(desk: Desk, *items: PriceListItem, **fields: Any) -> None:
    """The dealers' list from now on."""
    content = {"code": "dealer", "currency": "EUR", "valid_from": TODAY, "items": items or (CABLE, ROUTER), **fields}
    await desk.run(put_price_list, PutPriceList, **content)


async def drafted(desk: Desk, **fields: Any) -> Order:
    """Cables and routers at the prices of the list, within terms."""
    await desk.terms()
    lines = [OrderLineDraft(kind=LineKind.PRODUCT, sku=sku, quantity=2) for sku in ("CBL-1", "RTR-1")]
    return await desk.draft(*lines, **fields)


async def update(desk: Desk, draft: Order, **changes: Any) -> Order:
    """Replace fields, which finds the prices anew."""
    return await desk.run(update_order, UpdateOrder, id=draft.id, changes=changes)


async def test_a_promotion_that_is_over_is_not_confirmed(desk: Desk) -> None:
    await put(desk, promotions=(SPRING,))
    draft = await drafted(desk)
    desk.days(1)
    soon = await desk.submit(await drafted(desk))
    assert (soon.state, soon.totals.total) == (OrderState.CONFIRMED, eur("110"))
    desk.days(90)
    desk.events()
    with pytest.raises(PricesExpired) as refused:
        await desk.submit(draft)
    assert refused.value.metadata == {"id": draft.id, "lines": "2"}
    assert (await desk.order(draft), desk.events()) == (draft, [])
    seen = await update(desk, draft, lines=(), territory="")
    assert seen.lines == ()
    seen = await update(desk, draft, lines=tuple(_asked(draft)))
    assert (await desk.submit(seen)).totals.total == eur("210")


async def test_prices_of_a_list_that_is_over_are_gone(desk: Desk) -> None:
    await put(desk, valid_until=TODAY)
    draft = await drafted(desk)
    desk.days(1)
    with pytest.raises(PricesExpired) as refused:
        await desk.submit(draft)
    assert refused.value.metadata["lines"] == "1, 2"
    with pytest.raises(NoPrice):
        await drafted(desk)


async def test_the_same_price_of_a_newer_revision_is_explained_by_it(desk: Desk) -> None:
    await put(desk)
    draft = await drafted(desk)
    await put(desk)
    assert (await desk.submit(await drafted(desk))).lines[0].price.price_list_revision == 1, "the same list again"
    await put(desk, valid_until=TODAY)
    order = await desk.submit(draft)
    assert order.totals == draft.totals
    assert [line.price.price_list_revision for line in (*draft.lines, *order.lines)] == [1, 1, 2, 2]


async def test_a_given_price_must_be_inside_the_corridor_of_the_day(desk: Desk) -> None:
    await desk.terms()
    draft = await desk.draft(goods(price="70"))
    await put(desk, PriceListItem(sku="RTR-1", unit_price=eur("100"), min_unit_price=eur("80")))
    with pytest.raises(PriceOutsideCorridor):
        await desk.submit(draft)


async def test_what_is_wanted_on_a_day_that_has_passed_is_not_handed_in(desk: Desk) -> None:
    await desk.terms()
    draft = await desk.draft(requested_delivery_date=TODAY)
    other = await desk.draft(requested_delivery_date=TODAY)
    assert (await desk.submit(other)).state is OrderState.CONFIRMED
    desk.days(1)
    with pytest.raises(DeliveryDayPassed):
        await desk.submit(draft)
    await update(desk, draft, requested_delivery_date=None)
    assert (await desk.submit(draft)).state is OrderState.CONFIRMED


def _asked(order: Order) -> list[OrderLineDraft]:
    return [OrderLineDraft(kind=line.kind, sku=line.sku, quantity=line.quantity) for line in order.lines]
