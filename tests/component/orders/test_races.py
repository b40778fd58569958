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
from tests.component.orders.harness import Harness, eur, goods


@pytest.fixture
async def replica(harness: Harness, store: Store, keys: Keys) -> Harness:
    """Another process of the service on the same store, with lines of its own."""
    assert harness.env.store is store
    return Harness(store, keys)


async def test_of_orders_that_exceed_the_limit_together_only_what_fits_is_confirmed(
    harness: Harness, replica: Harness
) -> None:
    await harness.terms("5000")
    drafts = [await harness.draft() for _ in range(12)]
    submitted = await asyncio.gather(*[(harness, replica)[n % 2].submit(one) for n, one in enumerate(drafts)])
    assert Counter(one.state for one in submitted) == {OrderState.CONFIRMED: 5, OrderState.HELD: 7}
    assert (await harness.account()).open_orders == eur("5000")


async def test_of_two_payments_of_one_debt_one_is_taken(harness: Harness, replica: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    invoice = await harness.invoice(order)
    done = await asyncio.gather(harness.pay(invoice, "600"), replica.pay(invoice, "600"), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Payment": 1, MoreThanOpen.__name__: 1}
    assert (await harness.value(INVOICES, invoice.id)).open == eur("400")
    assert (await harness.account()).unpaid_invoices == eur("400")


async def test_a_piece_leaves_once(harness: Harness, replica: Harness) -> None:
    orders = [await harness.confirmed() for _ in range(2)]
    done = await asyncio.gather(
        harness.ship(orders[0], 1, "A"), replica.ship(orders[1], 1, "A"), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in done) == {"Shipment": 1, SerialTaken.__name__: 1}


async def test_no_more_leaves_than_was_ordered(harness: Harness, replica: Harness) -> None:
    order = await harness.confirmed()
    done = await asyncio.gather(harness.ship(order, 6), replica.ship(order, 6), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Shipment": 1, MoreThanOrdered.__name__: 1}


async def test_goods_are_invoiced_once(harness: Harness, replica: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    done = await asyncio.gather(harness.invoice(order), replica.invoice(order), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Invoice": 1, NothingToInvoice.__name__: 1}


async def test_numbers_have_no_gap_and_no_twin_however_many_invoices_come_at_once(harness: Harness) -> None:
    await harness.terms()
    orders = [await harness.confirmed(goods(1)) for _ in range(20)]
    for order in orders:
        await harness.ship(order, 1)
    invoices = await asyncio.gather(*[harness.invoice(order) for order in orders])
    assert sorted(one.number for one in invoices) == [f"local-2026-{n:06d}" for n in range(1, 21)]


async def test_an_order_is_submitted_or_canceled(harness: Harness, replica: Harness) -> None:
    await harness.terms()
    draft = await harness.draft()
    done = await asyncio.gather(harness.submit(draft), replica.cancel(draft), return_exceptions=True)
    order = await harness.order(draft)
    assert not [one for one in done if isinstance(one, BaseException) and not isinstance(one, AppError)]
    open_orders = (await harness.account()).open_orders
    assert open_orders == (eur("1000") if order.state is OrderState.CONFIRMED else eur("0"))


async def test_a_repeated_submission_counts_once(harness: Harness) -> None:
    await harness.terms()
    draft = await harness.draft()
    command = SubmitOrder
    answers = await asyncio.gather(*[harness.run(submit_order, command, id=draft.id, request_id="r") for _ in range(5)])
    assert {one.version for one in answers} == {2}
    assert (await harness.account()).open_orders == eur("1000")
