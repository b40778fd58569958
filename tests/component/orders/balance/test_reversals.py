"""What is taken back: allocations by a person and payments by the bank, and what counts instead."""

from datetime import timedelta

import pytest

from libs.errors import InvalidInput
from services.orders.balance.domain.allocation import (
    AlreadyReversed,
)
from services.orders.balance.domain.reversal import CreditInUse
from services.orders.balance.jobs import allocate_credits
from services.orders.billing.domain.credit_note import MoreThanInvoiced
from services.orders.billing.domain.states import InvoiceState
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.dunning.jobs import dun, fall_overdue
from services.orders.settings import AllocationPolicy, Policy, Settings
from tests.component.orders.balance.acts import (
    allocate,
    allocations_of,
    balance,
    bounce,
    invoiced,
    now,
    open_credits,
    pieces,
    receive,
    refund,
    reverse,
)
from tests.component.orders.harness import TODAY, Harness, eur


async def test_what_a_person_took_back_is_not_allocated_again_before_a_person_does(harness: Harness) -> None:
    harness.env.settings = Settings(policy=Policy(allocation=AllocationPolicy.OLDEST_FIRST))
    invoice = await invoiced(harness)
    credit = await receive(harness, "60")
    assert await allocate_credits(harness.env) == 1
    await reverse(harness, (await allocations_of(harness, credit))[0])
    while await allocate_credits(harness.env):
        pass
    assert [(one.open, one.held_back) for one in await open_credits(harness)] == [(eur("60"), True)]
    other = await receive(harness, "30")
    assert await allocate_credits(harness.env) == 1
    assert [one.open for one in await open_credits(harness)] == [eur("60")]
    await allocate(harness, credit, (invoice, "20"))
    assert await allocate_credits(harness.env) == 1
    assert (await now(harness, invoice)).open == eur("10")
    assert [(one.open, one.held_back) for one in await open_credits(harness)] == []
    assert [one.amount for one in await allocations_of(harness, other)] == [eur("30")]


async def test_accounts_that_wait_for_a_person_keep_no_other_from_being_allocated(harness: Harness) -> None:
    harness.env.settings = Settings(policy=Policy(allocation=AllocationPolicy.OLDEST_FIRST))
    credit = await receive(harness, "60", (await invoiced(harness), ""))
    await reverse(harness, (await allocations_of(harness, credit))[0])
    assert await allocate_credits(harness.env) == 1
    assert (await harness.account()).settleable is False
    assert await allocate_credits(harness.env) == 0


async def test_an_allocation_is_taken_back(harness: Harness) -> None:
    invoice = await invoiced(harness)
    credit = await receive(harness, "100", (invoice, ""))
    [allocation] = await allocations_of(harness, credit)
    harness.names()
    harness.days(20)
    back = await reverse(harness, allocation)
    assert harness.names() == ["AllocationReversed", "InvoiceReopened"]
    assert back.reverse_date == TODAY + timedelta(days=20)
    after = await now(harness, invoice)
    assert (after.open, after.state, after.allocated) == (eur("100"), InvoiceState.ISSUED, None)
    assert after.watch_due == invoice.due_date
    assert [one.open for one in await open_credits(harness)] == [eur("100")]
    with pytest.raises(AlreadyReversed):
        await reverse(harness, allocation)
    assert await balance(harness) == eur("0")


async def test_a_credit_note_after_an_allocation_counts_once(harness: Harness) -> None:
    """It is a credit of the partner while the invoice is settled without it, and reduces the invoice otherwise."""
    invoice = await invoiced(harness)
    credit = await receive(harness, "100", (invoice, ""))
    await harness.credit(invoice, pieces(4))
    assert await balance(harness) == eur("-40")
    [allocation] = await allocations_of(harness, credit)
    harness.names()
    await reverse(harness, allocation)
    assert harness.names() == ["AllocationReversed", "CreditReduced", "InvoiceReopened"]
    after = await now(harness, invoice)
    assert (after.open, after.released, after.state) == (eur("60"), None, InvoiceState.PARTIALLY_PAID)
    assert [one.open for one in await open_credits(harness)] == [eur("100")]
    assert await balance(harness) == eur("-40")
    note = await harness.credit(invoice)
    assert note.payable == eur("60")
    with pytest.raises(MoreThanInvoiced):
        await harness.credit(invoice)
    assert (await now(harness, invoice)).state is InvoiceState.CREDITED
    assert await balance(harness) == eur("-100")


async def test_a_partner_that_owes_nothing_after_its_payment_bounced_is_not_dunned(harness: Harness) -> None:
    invoice = await invoiced(harness)
    payment = await harness.pay(invoice, "100")
    await harness.credit(invoice, pieces(10))
    assert await balance(harness) == eur("-100")
    harness.names()
    await bounce(harness, payment.id)
    assert harness.names() == ["PaymentReversed", "CreditReduced"]
    after = await now(harness, invoice)
    assert (after.open, after.state, after.open_due) == (eur("0"), InvoiceState.CREDITED, None)
    assert await open_credits(harness) == []
    assert await balance(harness) == eur("0")
    harness.days(100)
    assert (await fall_overdue(harness.env), await dun(harness.env)) == (0, 0)


async def test_a_credit_that_was_used_elsewhere_counts_there_after_the_payment_bounced(harness: Harness) -> None:
    invoice, other = await invoiced(harness), await invoiced(harness)
    payment = await harness.pay(invoice, "100")
    await harness.credit(invoice, pieces(3))
    await harness.credit(invoice, pieces(1))
    first, second = await open_credits(harness)
    await allocate(harness, first, (other, "20"))
    await bounce(harness, payment.id)
    after = await now(harness, invoice)
    assert (after.open, after.released, after.state) == (eur("80"), eur("20"), InvoiceState.PARTIALLY_PAID)
    assert [one.open for one in await open_credits(harness)] == []
    assert (await harness.value(PARTNER_CREDITS, first.id)).amount == eur("20")
    assert (await harness.value(PARTNER_CREDITS, second.id)).amount == eur("0")
    assert await balance(harness) == eur("160")


async def test_an_invoice_whose_credit_was_paid_out_is_as_it_was_issued_once_its_payment_bounced(
    harness: Harness,
) -> None:
    invoice = await invoiced(harness)
    payment = await harness.pay(invoice, "100")
    await harness.credit(invoice, pieces(3))
    await refund(harness, "30")
    await bounce(harness, payment.id)
    after = await now(harness, invoice)
    assert (after.open, after.state) == (eur("100"), InvoiceState.ISSUED)
    assert await balance(harness) == eur("100")


async def test_a_payment_that_the_bank_took_back_is_owed_again(harness: Harness) -> None:
    invoice, other = await invoiced(harness), await invoiced(harness)
    payment = await harness.pay(invoice, "100")
    credit = await receive(harness, "130", (other, ""))
    harness.days(3)
    harness.names()
    bounced = await bounce(harness, payment.id)
    assert harness.names() == ["PaymentReversed", "InvoiceReopened"]
    assert (bounced.reverse_date, (await now(harness, invoice)).open) == (harness.today, eur("100"))
    assert await balance(harness) == eur("70")
    await bounce(harness, credit.payment_id)
    assert harness.names() == ["PaymentReversed", "AllocationReversed", "InvoiceReopened"]
    assert [(await now(harness, one)).state for one in (invoice, other)] == [InvoiceState.ISSUED] * 2
    assert await open_credits(harness) == []
    assert await balance(harness) == eur("200")
    for id in (payment.id, credit.payment_id):
        with pytest.raises(AlreadyReversed):
            await bounce(harness, id)


async def test_what_was_refunded_of_a_payment_is_not_reversed(harness: Harness) -> None:
    credit = await receive(harness, "30")
    await refund(harness, "10")
    with pytest.raises(CreditInUse):
        await bounce(harness, credit.payment_id)
    with pytest.raises(InvalidInput, match="reverse_date"):
        await bounce(harness, (await receive(harness, "5")).payment_id, reverse_date=TODAY - timedelta(days=1))
    assert await balance(harness) == eur("-25")
