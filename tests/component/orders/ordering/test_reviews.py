"""Orders held for credit are evaluated again when their account has room: who is released, when, and who is not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from libs.money import Money
from libs.partner import PartnerStatus
from libs.store.port import Store, VersionConflict, Write
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.ordering.jobs import review_held_orders
from services.orders.ordering.usecases.release import ReleaseHold, ReleaseIfItFits, release_hold, release_if_it_fits
from services.orders.ordering.usecases.reviews import AdvanceReview, advance_review
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, HoldRelease, LineKind, OrderState
from tests.builders import an_id
from tests.component.orders.harness import PARTNER, Harness, eur, goods

RIVAL = an_id("ptn", 2)
CREDIT, COMPLIANCE, TERRITORY = HoldReason.CREDIT, HoldReason.COMPLIANCE, HoldReason.TERRITORY
Room = Callable[[Harness, Order], Awaitable[object]]


async def review(harness: Harness) -> None:
    """The job runs until nothing is left to do, as the runtime runs it."""
    for _ in range(20):
        if not await review_held_orders(harness.env):
            return
    raise AssertionError("the review goes on for ever")


async def loaded(harness: Harness, quantity: int = 10, *, reasons: tuple[HoldReason, ...] = (CREDIT,)) -> Order:
    """An order of 100 EUR a piece that is held."""
    order = await harness.submit(await harness.draft(goods(quantity)))
    assert (order.state, order.open_holds) == (OrderState.HELD, reasons)
    return order


async def release(harness: Harness, order: Order, reason: HoldReason) -> Order:
    """Somebody releases a hold."""
    return await harness.run(release_hold, ReleaseHold, id=order.id, reason=reason)


async def state(harness: Harness, order: Order) -> OrderState:
    """Of the order as it is now."""
    return (await harness.order(order)).state


async def standing(harness: Harness) -> Order:
    """Terms of 1,000 EUR, all of it taken by an order that stands."""
    await harness.terms("1000")
    return await harness.confirmed()


async def _paid(harness: Harness, standing: Order) -> None:
    await harness.ship(standing)
    await harness.pay(await harness.invoice(standing), "1000")


async def _credited(harness: Harness, standing: Order) -> None:
    await harness.ship(standing)
    await harness.credit(await harness.invoice(standing))


@pytest.mark.parametrize(
    "room",
    [
        _paid,
        _credited,
        lambda harness, standing: harness.cancel(standing),
        lambda harness, standing: harness.terms("2000"),
    ],
    ids=["payment", "credit_note", "another_order_canceled", "terms"],
)
async def test_whatever_makes_room_releases_what_was_held_for_want_of_it(harness: Harness, room: Room) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await review(harness)
    assert await state(harness, order) is OrderState.HELD, "nothing has changed yet"
    await room(harness, first)
    harness.names()
    await review(harness)
    released = await harness.order(order)
    assert released.state is OrderState.CONFIRMED
    assert [(hold.reason, hold.release, hold.release_note) for hold in released.holds] == [
        (CREDIT, HoldRelease.REASON_GONE, None)
    ]
    assert released.holds[0].release_time == harness.clock.now()
    told = harness.told
    assert harness.names() == ["OrderHoldReleased", "OrderConfirmed"]
    assert {(one.actor, one.method) for one in told} == {("system", "orders__review_held_orders")}
    account = await harness.account()
    assert (account.open_orders >= eur("1000"), account.review) == (True, None)


async def test_the_first_terms_release_what_was_held_for_want_of_any(harness: Harness) -> None:
    order = await loaded(harness)
    await harness.terms("1000")
    await review(harness)
    assert await state(harness, order) is OrderState.CONFIRMED


async def test_a_release_by_the_service_happens_once_whoever_repeats_it(harness: Harness) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await harness.cancel(first)
    await review(harness)
    harness.names()
    again = await harness.run(release_if_it_fits, ReleaseIfItFits, id=order.id)
    assert again == await harness.order(order)
    await review(harness)
    assert harness.names() == []
    assert (await harness.account()).open_orders == eur("1000")


async def test_two_replicas_that_review_at_once_release_within_the_limit(harness: Harness, store: Store) -> None:
    first = await standing(harness)
    orders = [await loaded(harness, 4) for _ in range(6)]
    await harness.cancel(first)
    other = Harness(store, harness.env.keys)
    await asyncio.gather(review(harness), review(other))
    await review(harness)
    states = [await state(harness, order) for order in orders]
    assert states.count(OrderState.CONFIRMED) == 2
    account = await harness.account()
    assert (account.open_orders, account.available, account.review) == (eur("800"), eur("200"), None)


class Busy:
    """A store in which somebody else is faster with every order, as often as it is told."""

    def __init__(self, store: Store, conflicts: int) -> None:
        self._store = store
        self._conflicts = conflicts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        if self._conflicts and any(write.kind is ORDERS for write in writes):
            self._conflicts -= 1
            raise VersionConflict("order", "")
        await self._store.commit(writes)


async def test_an_order_that_others_are_busy_with_is_looked_at_again(harness: Harness, store: Store) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await harness.cancel(first)
    busy: Any = Busy(store, 3)
    other = Harness(busy, harness.env.keys)
    assert await review_held_orders(other.env) == 0
    assert (await state(harness, order), (await harness.account()).review is None) == (OrderState.HELD, False)
    await review(other)
    assert await state(harness, order) is OrderState.CONFIRMED


async def test_a_page_that_was_turned_late_does_not_end_the_review_after_it(harness: Harness) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await harness.cancel(first)
    late = (await harness.account()).review
    assert late is not None
    await review(harness)
    await loaded(harness, 11)
    harness.days(1)
    await harness.cancel(order)
    due = (await harness.account()).review
    assert due is not None
    page = {"id": (await harness.account()).id, "seen": late, "cursor": "", "found": False}
    await harness.run(advance_review, AdvanceReview, **page)
    assert (await harness.account()).review == due


async def test_the_oldest_has_the_first_claim_and_a_smaller_one_takes_what_is_left(harness: Harness) -> None:
    first = await standing(harness)
    old, large, small = await loaded(harness, 6), await loaded(harness, 5), await loaded(harness, 4)
    await harness.cancel(first)
    await review(harness)
    assert [await state(harness, one) for one in (old, large, small)] == [
        OrderState.CONFIRMED,
        OrderState.HELD,
        OrderState.CONFIRMED,
    ]


async def test_hundreds_of_held_orders_are_evaluated_page_by_page_to_the_last(harness: Harness) -> None:
    first = await standing(harness)
    for _ in range(230):
        await loaded(harness, 11)
    last = await loaded(harness, 3)
    await harness.cancel(first)
    assert await review_held_orders(harness.env)
    account = await harness.account()
    assert account.review is not None
    assert account.review.after
    assert await state(harness, last) is OrderState.HELD
    await review(harness)
    assert await state(harness, last) is OrderState.CONFIRMED
    assert (await harness.account()).review is None


async def test_room_that_is_made_during_a_review_starts_another(harness: Harness) -> None:
    first = await standing(harness)
    orders = [await loaded(harness, 10) for _ in range(2)]
    await harness.cancel(first)
    await harness.terms("2000")
    account = await harness.account()
    assert account.review is not None
    assert account.review.again
    await review(harness)
    assert {await state(harness, order) for order in orders} == {OrderState.CONFIRMED}


async def test_an_account_that_holds_no_order_is_not_written_for_it(harness: Harness) -> None:
    first = await standing(harness)
    before = await harness.account()
    assert not before.holds_orders
    await _paid(harness, first)
    assert (await harness.account()).review is None
    await loaded(harness, 11)
    await harness.terms("1050")
    await review(harness)
    assert (await harness.account()).holds_orders
    await harness.terms("1100")
    await review(harness)
    assert (await harness.account()).holds_orders, "a released order is seen as gone by the next review"
    await harness.terms("1200")
    await review(harness)
    assert not (await harness.account()).holds_orders


async def test_another_hold_is_never_released_and_keeps_credit_from_being_taken(harness: Harness) -> None:
    first = await standing(harness)
    draft = await harness.draft()
    await harness.partner(PartnerStatus.SUSPENDED)
    suspended = await harness.submit(draft)
    assert suspended.open_holds == (CREDIT, COMPLIANCE)
    await harness.partner()
    await harness.territory(partner=RIVAL, exclusive=True)
    abroad = await loaded(harness, reasons=(CREDIT, TERRITORY))
    await harness.cancel(first)
    await review(harness)
    assert (await harness.order(suspended)).open_holds == (CREDIT, COMPLIANCE)
    assert (await harness.order(abroad)).open_holds == (CREDIT, TERRITORY)
    assert (await harness.account()).open_orders == eur("0")


async def test_an_order_is_not_released_by_itself_while_anything_else_speaks_against_it_today(harness: Harness) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await harness.territory(partner=RIVAL, exclusive=True)
    await harness.cancel(first)
    await review(harness)
    assert (await harness.order(order)).open_holds == (CREDIT,)


async def test_orders_of_a_suspended_partner_are_evaluated_when_it_is_back(harness: Harness) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await harness.partner(PartnerStatus.SUSPENDED)
    await harness.cancel(first)
    await review(harness)
    assert await state(harness, order) is OrderState.HELD
    await harness.partner()
    harness.days(1)
    await review(harness)
    assert await state(harness, order) is OrderState.CONFIRMED


async def test_orders_of_a_partner_that_left_are_not_evaluated_any_more(harness: Harness) -> None:
    first = await standing(harness)
    order = await loaded(harness)
    await harness.cancel(first)
    await harness.partner(PartnerStatus.TERMINATED)
    await review(harness)
    assert (await harness.account()).review is None
    assert await state(harness, order) is OrderState.HELD


async def test_the_last_other_hold_takes_the_credit_hold_along_if_the_order_fits_by_now(harness: Harness) -> None:
    first = await standing(harness)
    await harness.territory(partner=RIVAL, exclusive=True)
    order = await loaded(harness, reasons=(CREDIT, TERRITORY))
    await harness.cancel(first)
    order = await release(harness, order, TERRITORY)
    assert order.state is OrderState.CONFIRMED
    assert {hold.reason: hold.release for hold in order.holds} == {
        CREDIT: HoldRelease.REASON_GONE,
        TERRITORY: HoldRelease.DECIDED,
    }
    assert (await harness.account()).open_orders == eur("1000")


async def test_orders_held_for_something_else_do_not_exceed_the_credit_together_when_released(harness: Harness) -> None:
    await harness.terms("1000")
    await harness.territory(partner=RIVAL, exclusive=True)
    first, second = await loaded(harness, reasons=(TERRITORY,)), await loaded(harness, reasons=(TERRITORY,))
    assert (await release(harness, first, TERRITORY)).state is OrderState.CONFIRMED
    harness.names()
    second = await release(harness, second, TERRITORY)
    assert (second.state, second.open_holds, second.holds[-1].excess) == (OrderState.HELD, (CREDIT,), eur("1000"))
    assert harness.names() == ["OrderHoldReleased", "OrderHeld"]
    await harness.terms("2000")
    await review(harness)
    assert await state(harness, second) is OrderState.CONFIRMED


async def test_what_was_judged_beyond_the_credit_is_not_held_for_it_again(harness: Harness) -> None:
    await standing(harness)
    await harness.territory(partner=RIVAL, exclusive=True)
    order = await loaded(harness, reasons=(CREDIT, TERRITORY))
    await release(harness, order, CREDIT)
    assert (await release(harness, order, TERRITORY)).state is OrderState.CONFIRMED
    assert (await harness.account()).available == eur("-1000")


async def test_orders_of_another_currency_or_partner_stay_held(harness: Harness) -> None:
    first = await standing(harness)
    dollars = OrderLineDraft(kind=LineKind.PRODUCT, sku="A", quantity=1, unit_price=Money.of(1, "USD"))
    foreign = await harness.submit(await harness.draft(dollars, currency="USD"))
    await harness.partner(id=RIVAL)
    other = await harness.submit(await harness.draft(partner=RIVAL))
    await loaded(harness)
    await harness.cancel(first)
    await review(harness)
    assert [await state(harness, foreign), await state(harness, other)] == [OrderState.HELD, OrderState.HELD]
    assert (await harness.account(partner=PARTNER)).open_orders == eur("1000")
