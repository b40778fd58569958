"""A held order is submitted again: prices and holds are those of today, what a person has judged stays judged."""

from datetime import timedelta
from typing import Any

import pytest

from libs.partner import PartnerStatus
from services.orders.ordering.domain.drafting import OrderLineDraft, PricesExpired
from services.orders.ordering.usecases.release import ReleaseHold, release_hold
from services.orders.pricing.domain import PriceListItem
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, HoldRelease, LineKind, OrderState
from tests.builders import an_id
from tests.component.orders.harness import TODAY, Harness, eur, goods

RIVAL = an_id("ptn", 2)
CREDIT, COMPLIANCE, TERRITORY = HoldReason.CREDIT, HoldReason.COMPLIANCE, HoldReason.TERRITORY
ENDED = {"facts_version": 2, "valid_until": TODAY - timedelta(days=1)}


async def rivals_place(harness: Harness, **facts: Any) -> None:
    """The rival has the country for itself."""
    await harness.territory(partner=RIVAL, exclusive=True, **facts)


async def release(harness: Harness, order: Order, reason: HoldReason) -> Order:
    """A person judges a hold."""
    return await harness.run(release_hold, ReleaseHold, id=order.id, reason=reason)


def ends(order: Order) -> dict[HoldReason, HoldRelease | None]:
    """How each hold of the order ended; None: it has not."""
    return {hold.reason: hold.release for hold in order.holds}


async def test_an_order_whose_only_reason_is_gone_is_confirmed(harness: Harness) -> None:
    await harness.terms()
    await rivals_place(harness)
    order = await harness.submit(await harness.draft())
    assert order.open_holds == (TERRITORY,)
    await rivals_place(harness, **ENDED)
    harness.names()
    harness.days(1)
    again = await harness.submit(order)
    assert (again.state, ends(again)) == (OrderState.CONFIRMED, {TERRITORY: HoldRelease.REASON_GONE})
    assert (again.order_date, again.confirm_time) == (TODAY + timedelta(days=1), harness.clock.now())
    assert harness.names() == ["OrderSubmitted", "OrderHoldReleased", "OrderConfirmed"]
    assert (await harness.account()).open_orders == eur("1000")


async def test_a_reason_that_is_gone_ends_a_new_one_is_added_and_the_rest_stays(harness: Harness) -> None:
    await rivals_place(harness)
    order = await harness.submit(await harness.draft())
    assert order.open_holds == (CREDIT, TERRITORY)
    await rivals_place(harness, **ENDED)
    await harness.partner(PartnerStatus.SUSPENDED)
    await harness.terms("600")
    harness.names()
    again = await harness.submit(order)
    assert (again.state, again.open_holds) == (OrderState.HELD, (CREDIT, COMPLIANCE))
    assert (again.holds[0].excess, again.holds[0].place_time) == (eur("400"), order.holds[0].place_time)
    assert ends(again) == {CREDIT: None, TERRITORY: HoldRelease.REASON_GONE, COMPLIANCE: None}
    assert harness.names() == ["OrderSubmitted", "OrderHoldReleased", "OrderHeld"]


async def test_an_order_of_which_nothing_changed_stays_as_it_is_and_nothing_is_said(harness: Harness) -> None:
    order = await harness.submit(await harness.draft())
    harness.names()
    assert await harness.submit(order, request_id="a") == order
    assert await harness.submit(order, request_id="a") == order
    assert (await harness.order(order), harness.names()) == (order, [])


async def test_what_a_person_has_judged_stays_judged(harness: Harness) -> None:
    await rivals_place(harness)
    order = await harness.submit(await harness.draft())
    order = await release(harness, order, TERRITORY)
    order = await harness.submit(order)
    assert (order.open_holds, ends(order)) == ((CREDIT,), {CREDIT: None, TERRITORY: HoldRelease.DECIDED})
    await harness.terms()
    assert (await harness.submit(order)).state is OrderState.CONFIRMED


async def test_credit_is_judged_again_if_the_order_exceeds_it_by_more_than_somebody_saw(harness: Harness) -> None:
    await harness.terms("1100")
    await rivals_place(harness)
    small = await harness.submit(await harness.draft(goods(12)))
    assert (small.open_holds, small.holds[0].excess) == ((CREDIT, TERRITORY), eur("100"))
    small = await release(harness, small, CREDIT)
    assert ends(await harness.submit(small))[CREDIT] is HoldRelease.DECIDED
    other = await harness.submit(await harness.draft())
    await release(harness, other, TERRITORY)
    harness.names()
    again = await harness.submit(small)
    assert (again.open_holds, again.holds[-1].excess) == ((TERRITORY, CREDIT), eur("1100"))
    assert (len(again.holds), harness.names()) == (2, ["OrderSubmitted", "OrderHeld"])


async def test_credit_that_was_there_for_a_while_is_not_judged(harness: Harness) -> None:
    await rivals_place(harness)
    order = await harness.submit(await harness.draft())
    await harness.terms("1000")
    order = await harness.submit(order)
    assert ends(order) == {CREDIT: HoldRelease.REASON_GONE, TERRITORY: None}
    other = await harness.submit(await harness.draft())
    await release(harness, other, TERRITORY)
    order = await release(harness, order, TERRITORY)
    assert (order.state, order.open_holds) == (OrderState.HELD, (CREDIT,))
    assert [hold.reason for hold in order.holds] == [TERRITORY, CREDIT], "a reason is there once"


async def test_prices_are_those_of_today_or_the_order_is_not_submitted_again(harness: Harness) -> None:
    async def listed(price: str) -> None:
        content = {"code": "dealer", "currency": "EUR", "valid_from": TODAY}
        items = (PriceListItem(sku="RTR-1", unit_price=eur(price)),)
        await harness.run(put_price_list, PutPriceList, items=items, **content)

    await listed("100")
    draft = await harness.draft(OrderLineDraft(kind=LineKind.PRODUCT, sku="RTR-1", quantity=10))
    order = await harness.submit(draft)
    await harness.terms()
    await listed("80")
    with pytest.raises(PricesExpired, match="release it at its prices, or cancel it"):
        await harness.submit(order)
    await listed("100")
    again = await harness.submit(order)
    assert (again.state, again.lines[0].price.price_list_revision) == (OrderState.CONFIRMED, 3)
