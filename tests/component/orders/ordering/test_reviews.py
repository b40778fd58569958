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
from tests.component.orders.desk import PARTNER, Desk, eur, goods

RIVAL = an_id("ptn", 2)
CREDIT, COMPLIANCE, TERRITORY = HoldReason.CREDIT, HoldReason.COMPLIANCE, HoldReason.TERRITORY
Room = Callable[[Desk, Order], Awaitable[object]]


async def review(desk: Desk) -> None:
    """The job runs until nothing is left to do, as the runtime runs it."""
    for _ in range(20):
        if not await review_held_orders(desk.env):
            return
    raise AssertionError("the review goes on for ever")


async def held(desk: Desk, quantity: int = 10, *, reasons: tuple[HoldReason, ...] = (CREDIT,)) -> Order:
    """An order of 100 EUR a piece that is held."""
    order = await desk.submit(await desk.draft(goods(quantity)))
    assert (order.state, order.open_holds) == (OrderState.HELD, reasons)
    return order


async def release(desk: Desk, order: Order, reason: HoldReason) -> Order:
    """Somebody releases a hold."""
    return await desk.run(release_hold, ReleaseHold, id=order.id, reason=reason)


async def state(desk: Desk, order: Order) -> OrderState:
    """Of the order as it is now."""
    return (await desk.order(order)).state


async def standing(desk: Desk) -> Order:
    """Terms of 1,000 EUR, all of it taken by an order that stands."""
    await desk.terms("1000")
    return await desk.confirmed()


async def _paid(desk: Desk, standing: Order) -> None:
    await desk.ship(standing)
    await desk.pay(await desk.invoice(standing), "1000")


async def _credited(desk: Desk, standing: Order) -> None:
    await desk.ship(standing)
    await desk.credit(await desk.invoice(standing))


@pytest.mark.parametrize(
    "room",
    [_paid, _credited, lambda desk, standing: desk.cancel(standing), lambda desk, standing: desk.terms("2000")],
    ids=["payment", "credit_note", "another_order_canceled", "terms"],
)
async def test_whatever_makes_room_releases_what_was_held_for_want_of_it(desk: Desk, room: Room) -> None:
    first = await standing(desk)
    order = await held(desk)
    await review(desk)
    assert await state(desk, order) is OrderState.HELD, "nothing has changed yet"
    await room(desk, first)
    desk.events()
    await review(desk)
    released = await desk.order(order)
    assert released.state is OrderState.CONFIRMED
    assert [(hold.reason, hold.release, hold.release_note) for hold in released.holds] == [
        (CREDIT, HoldRelease.REASON_GONE, None)
    ]
    assert released.holds[0].release_time == desk.clock.now()
    told = desk.told
    assert desk.events() == ["OrderHoldReleased", "OrderConfirmed"]
    assert {(one.actor, one.method) for one in told} == {("system", "orders__review_held_orders")}
    account = await desk.account()
    assert (account.open_orders >= eur("1000"), account.review) == (True, None)


async def test_the_first_terms_release_what_was_held_for_want_of_any(desk: Desk) -> None:
    order = await held(desk)
    await desk.terms("1000")
    await review(desk)
    assert await state(desk, order) is OrderState.CONFIRMED


async def test_a_release_by_the_service_happens_once_whoever_repeats_it(desk: Desk) -> None:
    first = await standing(desk)
    order = await held(desk)
    await desk.cancel(first)
    await review(desk)
    desk.events()
    again = await desk.run(release_if_it_fits, ReleaseIfItFits, id=order.id)
    assert again == await desk.order(order)
    await review(desk)
    assert desk.events() == []
    assert (await desk.account()).open_orders == eur("1000")


async def test_two_replicas_that_review_at_once_release_within_the_limit(desk: Desk, store: Store) -> None:
    first = await standing(desk)
    orders = [await held(desk, 4) for _ in range(6)]
    await desk.cancel(first)
    other = Desk(store, desk.env.keys)
    await asyncio.gather(review(desk), review(other))
    await review(desk)
    states = [await state(desk, order) for order in orders]
    assert states.count(OrderState.CONFIRMED) == 2
    account = await desk.account()
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


async def test_an_order_that_others_are_busy_with_is_looked_at_again(desk: Desk, store: Store) -> None:
    first = await standing(desk)
    order = await held(desk)
    await desk.cancel(first)
    busy: Any = Busy(store, 3)
    other = Desk(busy, desk.env.keys)
    assert await review_held_orders(other.env) == 0
    assert (await state(desk, order), (await desk.account()).review is None) == (OrderState.HELD, False)
    await review(other)
    assert await state(desk, order) is OrderState.CONFIRMED


async def test_a_page_that_was_turned_late_does_not_end_the_review_after_it(desk: Desk) -> None:
    first = await standing(desk)
    order = await held(desk)
    await desk.cancel(first)
    late = (await desk.account()).review
    assert late is not None
    await review(desk)
    await held(desk, 11)
    desk.days(1)
    await desk.cancel(order)
    due = (await desk.account()).review
    assert due is not None
    page = {"id": (await desk.account()).id, "seen": late, "cursor": "", "found": False}
    await desk.run(advance_review, AdvanceReview, **page)
    assert (await desk.account()).review == due


async def test_the_oldest_has_the_first_claim_and_a_smaller_one_takes_what_is_left(desk: Desk) -> None:
    first = await standing(desk)
    old, large, small = await held(desk, 6), await held(desk, 5), await held(desk, 4)
    await desk.cancel(first)
    await review(desk)
    assert [await state(desk, one) for one in (old, large, small)] == [
        OrderState.CONFIRMED,
        OrderState.HELD,
        OrderState.CONFIRMED,
    ]


async def test_hundreds_of_held_orders_are_evaluated_page_by_page_to_the_last(desk: Desk) -> None:
    first = await standing(desk)
    for _ in range(230):
        await held(desk, 11)
    last = await held(desk, 3)
    await desk.cancel(first)
    assert await review_held_orders(desk.env)
    account = await desk.account()
    assert account.review is not None
    assert account.review.after
    assert await state(desk, last) is OrderState.HELD
    await review(desk)
    assert await state(desk, last) is OrderState.CONFIRMED
    assert (await desk.account()).review is None


async def test_room_that_is_made_during_a_review_starts_another(desk: Desk) -> None:
    first = await standing(desk)
    orders = [await held(desk, 10) for _ in range(2)]
    await desk.cancel(first)
    await desk.terms("2000")
    account = await desk.account()
    assert account.review is not None
    assert account.review.again
    await review(desk)
    assert {await state(desk, order) for order in orders} == {OrderState.CONFIRMED}


async def test_an_account_that_holds_no_order_is_not_written_for_it(desk: Desk) -> None:
    first = await standing(desk)
    before = await desk.account()
    assert not before.holds_orders
    await _paid(desk, first)
    assert (await desk.account()).review is None
    await held(desk, 11)
    await desk.terms("1050")
    await review(desk)
    assert (await desk.account()).holds_orders
    await desk.terms("1100")
    await review(desk)
    assert (await desk.account()).holds_orders, "a released order is seen as gone by the next review"
    await desk.terms("1200")
    await review(desk)
    assert not (await desk.account()).holds_orders


async def test_another_hold_is_never_released_and_keeps_credit_from_being_taken(desk: Desk) -> None:
    first = await standing(desk)
    draft = await desk.draft()
    await desk.partner(PartnerStatus.SUSPENDED)
    suspended = await desk.submit(draft)
    assert suspended.open_holds == (CREDIT, COMPLIANCE)
    await desk.partner()
    await desk.territory(partner=RIVAL, exclusive=True)
    abroad = await held(desk, reasons=(CREDIT, TERRITORY))
    await desk.cancel(first)
    await review(desk)
    assert (await desk.order(suspended)).open_holds == (CREDIT, COMPLIANCE)
    assert (await desk.order(abroad)).open_holds == (CREDIT, TERRITORY)
    assert (await desk.account()).open_orders == eur("0")


async def test_an_order_is_not_released_by_itself_while_anything_else_speaks_against_it_today(desk: Desk) -> None:
    first = await standing(desk)
    order = await held(desk)
    await desk.territory(partner=RIVAL, exclusive=True)
    await desk.cancel(first)
    await review(desk)
    assert (await desk.order(order)).open_holds == (CREDIT,)


async def test_orders_of_a_suspended_partner_are_evaluated_when_it_is_back(desk: Desk) -> None:
    first = await standing(desk)
    order = await held(desk)
    await desk.partner(PartnerStatus.SUSPENDED)
    await desk.cancel(first)
    await review(desk)
    assert await state(desk, order) is OrderState.HELD
    await desk.partner()
    desk.days(1)
    await review(desk)
    assert await state(desk, order) is OrderState.CONFIRMED


async def test_orders_of_a_partner_that_left_are_not_evaluated_any_more(desk: Desk) -> None:
    first = await standing(desk)
    order = await held(desk)
    await desk.cancel(first)
    await desk.partner(PartnerStatus.TERMINATED)
    await review(desk)
    assert (await desk.account()).review is None
    assert await state(desk, order) is OrderState.HELD


async def test_the_last_other_hold_takes_the_credit_hold_along_if_the_order_fits_by_now(desk: Desk) -> None:
    first = await standing(desk)
    await desk.territory(partner=RIVAL, exclusive=True)
    order = await held(desk, reasons=(CREDIT, TERRITORY))
    await desk.cancel(first)
    order = await release(desk, order, TERRITORY)
    assert order.state is OrderState.CONFIRMED
    assert {hold.reason: hold.release for hold in order.holds} == {
        CREDIT: HoldRelease.REASON_GONE,
        TERRITORY: HoldRelease.DECIDED,
    }
    assert (await desk.account()).open_orders == eur("1000")


async def test_orders_held_for_something_else_do_not_exceed_the_credit_together_when_released(desk: Desk) -> None:
    await desk.terms("1000")
    await desk.territory(partner=RIVAL, exclusive=True)
    first, second = await held(desk, reasons=(TERRITORY,)), await held(desk, reasons=(TERRITORY,))
    assert (await release(desk, first, TERRITORY)).state is OrderState.CONFIRMED
    desk.events()
    second = await release(desk, second, TERRITORY)
    assert (second.state, second.open_holds, second.holds[-1].excess) == (OrderState.HELD, (CREDIT,), eur("1000"))
    assert desk.events() == ["OrderHoldReleased", "OrderHeld"]
    await desk.terms("2000")
    await review(desk)
    assert await state(desk, second) is OrderState.CONFIRMED


async def test_what_was_judged_beyond_the_credit_is_not_held_for_it_again(desk: Desk) -> None:
    await standing(desk)
    await desk.territory(partner=RIVAL, exclusive=True)
    order = await held(desk, reasons=(CREDIT, TERRITORY))
    await release(desk, order, CREDIT)
    assert (await release(desk, order, TERRITORY)).state is OrderState.CONFIRMED
    assert (await desk.account()).available == eur("-1000")


async def test_orders_of_another_currency_or_partner_stay_held(desk: Desk) -> None:
    first = await standing(desk)
    dollars = OrderLineDraft(kind=LineKind.PRODUCT, sku="A", quantity=1, unit_price=Money.of(1, "USD"))
    foreign = await desk.submit(await desk.draft(dollars, currency="USD"))
    await desk.partner(id=RIVAL)
    other = await desk.submit(await desk.draft(partner=RIVAL))
    await held(desk)
    await desk.cancel(first)
    await review(desk)
    assert [await state(desk, foreign), await state(desk, other)] == [OrderState.HELD, OrderState.HELD]
    assert (await desk.account(partner=PARTNER)).open_orders == eur("1000")
