"""Whoever comes at the same moment, on the same account: what is open is used once."""

import asyncio
from collections import Counter

import pytest

from libs.privacy.keys import Keys
from libs.store.port import Store
from services.orders.balance.domain.allocation import AlreadyReversed, MoreThanCredit
from services.orders.billing.domain.payment import MoreThanOpen
from tests.component.orders.balance.acts import (
    allocate,
    allocations_of,
    invoiced,
    now,
    open_credits,
    receive,
    refund,
    reverse,
    statement,
)
from tests.component.orders.harness import Harness, eur


@pytest.fixture
async def replica(harness: Harness, store: Store, keys: Keys) -> Harness:
    """Another process of the service on the same store, with lines of its own."""
    assert harness.env.store is store
    return Harness(store, keys)


async def test_a_credit_is_not_both_allocated_and_refunded(harness: Harness, replica: Harness) -> None:
    invoice = await invoiced(harness)
    credit = await receive(harness, "100")
    done = await asyncio.gather(
        allocate(harness, credit, (invoice, "60")), refund(replica, "60", credit), return_exceptions=True
    )
    assert MoreThanCredit in map(type, done)
    assert [one.open for one in await open_credits(harness)] == [eur("40")]
    assert (await statement(harness)).opening_balance == eur("0")


async def test_an_invoice_is_not_both_paid_and_settled(harness: Harness, replica: Harness) -> None:
    invoice = await invoiced(harness)
    credit = await receive(harness, "100")
    done = await asyncio.gather(
        allocate(harness, credit, (invoice, "60")), replica.pay(invoice, "60"), return_exceptions=True
    )
    assert MoreThanOpen in map(type, done)
    assert (await now(harness, invoice)).open == eur("40")
    account = await harness.account()
    assert account.unpaid_invoices == eur("40")
    assert (await statement(harness)).closing_balance == account.balance


async def test_an_allocation_is_reversed_once(harness: Harness, replica: Harness) -> None:
    invoice = await invoiced(harness)
    credit = await receive(harness, "100", (invoice, ""))
    [allocation] = await allocations_of(harness, credit)
    done = await asyncio.gather(reverse(harness, allocation), reverse(replica, allocation), return_exceptions=True)
    assert Counter(type(one).__name__ for one in done) == {"Allocation": 1, AlreadyReversed.__name__: 1}
    assert (await harness.account()).owed == eur("100")


async def test_a_payment_on_account_comes_once(harness: Harness, replica: Harness) -> None:
    known = {"external_source": "bank", "external_id": "1"}
    await asyncio.gather(receive(harness, "50", **known), receive(replica, "50", **known), return_exceptions=True)
    assert (await harness.account()).owed == eur("50")
