"""Whoever comes at the same moment: what fits stands, the rest is told so, and no version is lost."""

import asyncio
from collections import Counter

import pytest

from libs.errors import AppError
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.invoice import NothingToInvoice
from services.orders.billing.domain.payment import MoreThanOpen
from services.orders.ordering.usecases.submission import SubmitOrder, submit_order
from services.orders.record.domain.goods import MoreThanOrdered
from services.orders.record.domain.states import OrderState
from services.orders.shipping.domain import SerialTaken
from tests.component.orders.desk import Desk, eur, goods


@pytest.fixture
async def replica(desk: Desk, store: Store, keys: Keys) -> Desk:
    """Another process of the service on the same store, with lines of its own."""
    assert desk.env.store is store
    return Desk(store, keys)


async def test_of_orders_that_exceed_the_limit_together_only_what_fits_is_confirmed(desk: Desk, replica: Desk) -> None:
    await desk.terms("5000")
    drafts = [await desk.draft() for _ in range(12)]
    submitted = await asyncio.gather(*[(desk, replica)[n % 2].submit(one) for n, one in enumerate(drafts)])
    assert Counter(one.state for one in submitted) == {OrderState.CONFIRMED: 5, OrderState.HELD: 7}
    assert (await desk.account()).open_orders == eur("5000")


async def test_of_two_payments_of_one_debt_one_is_taken(desk: Desk, replica: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    invoice = await desk.invoice(order)
    done = await asyncio.gather(desk.pay(invoice, "600"), replica.pay(invoice, "600"), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Payment": 1, MoreThanOpen.__name__: 1}
    assert (await desk.value(INVOICES, invoice.id)).open == eur("400")
    assert (await desk.account()).unpaid_invoices == eur("400")


async def test_a_piece_leaves_once(desk: Desk, replica: Desk) -> None:
    orders = [await desk.confirmed() for _ in range(2)]
    done = await asyncio.gather(desk.ship(orders[0], 1, "A"), replica.ship(orders[1], 1, "A"), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Shipment": 1, SerialTaken.__name__: 1}


async def test_no_more_leaves_than_was_ordered(desk: Desk, replica: Desk) -> None:
    order = await desk.confirmed()
    done = await asyncio.gather(desk.ship(order, 6), replica.ship(order, 6), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Shipment": 1, MoreThanOrdered.__name__: 1}


async def test_goods_are_invoiced_once(desk: Desk, replica: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    done = await asyncio.gather(desk.invoice(order), replica.invoice(order), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Invoice": 1, NothingToInvoice.__name__: 1}


async def test_numbers_have_no_gap_and_no_twin_however_many_invoices_come_at_once(desk: Desk) -> None:
    await desk.terms()
    orders = [await desk.confirmed(goods(1)) for _ in range(20)]
    for order in orders:
        await desk.ship(order, 1)
    invoices = await asyncio.gather(*[desk.invoice(order) for order in orders])
    assert sorted(one.number for one in invoices) == [f"local-2026-{n:06d}" for n in range(1, 21)]


async def test_an_order_is_submitted_or_canceled(desk: Desk, replica: Desk) -> None:
    await desk.terms()
    draft = await desk.draft()
    done = await asyncio.gather(desk.submit(draft), replica.cancel(draft), return_exceptions=True)
    order = await desk.order(draft)
    assert not [one for one in done if isinstance(one, BaseException) and not isinstance(one, AppError)]
    open_orders = (await desk.account()).open_orders
    assert open_orders == (eur("1000") if order.state is OrderState.CONFIRMED else eur("0"))


async def test_a_repeated_submission_counts_once(desk: Desk) -> None:
    await desk.terms()
    draft = await desk.draft()
    command = SubmitOrder
    answers = await asyncio.gather(*[desk.run(submit_order, command, id=draft.id, request_id="r") for _ in range(5)])
    assert {one.version for one in answers} == {2}
    assert (await desk.account()).open_orders == eur("1000")
