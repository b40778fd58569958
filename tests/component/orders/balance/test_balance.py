"""What we owe a partner does not vanish: it is open by document until it is allocated or refunded."""

from datetime import timedelta

import pytest

from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound
from libs.money import Money
from services.orders.balance.domain.allocation import (
    INVOICES_PER_CALL,
    MoreThanCredit,
    NothingToAllocate,
)
from services.orders.balance.domain.reversal import CreditInUse
from services.orders.balance.jobs import allocate_credits
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.billing.domain.payment import MoreThanOpen
from services.orders.billing.domain.states import InvoiceState
from services.orders.ordering.jobs import review_held_orders
from services.orders.record.documents import ORDERS
from services.orders.record.domain.states import OrderState
from services.orders.settings import AllocationPolicy, Policy, Settings
from tests.builders import an_id
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
    statement,
)
from tests.component.orders.harness import TODAY, Harness, eur, goods


async def test_what_was_paid_and_comes_back_is_owed_to_the_partner(harness: Harness) -> None:
    invoice = await invoiced(harness, "25", 4)
    await harness.pay(invoice, "100")
    order = await harness.value(ORDERS, invoice.order_id)
    rma = await harness.authorize(order, 1)
    await harness.receive(rma, 1)
    await harness.inspect(rma, 1)
    harness.names()
    note = await harness.credit(invoice, return_id=rma.id)
    assert harness.names() == ["CreditNoteIssued", "CreditOpened", "ReturnRefunded"]
    [credit] = await open_credits(harness)
    assert (credit.credit_note_id, credit.number, credit.order_id) == (note.id, note.number, order.id)
    assert (credit.amount, credit.open, credit.date) == (eur("25"), eur("25"), TODAY)
    after = await now(harness, invoice)
    assert (after.open, after.released, after.state) == (eur("0"), eur("25"), InvoiceState.PAID)
    assert await balance(harness) == eur("-25")


async def test_what_a_credit_note_takes_beyond_the_open_amount_is_owed(harness: Harness) -> None:
    invoice = await invoiced(harness, "25", 4)
    await harness.pay(invoice, "80")
    harness.names()
    await harness.credit(invoice, pieces(1))
    assert harness.names() == ["CreditNoteIssued", "CreditOpened", "InvoicePaid"]
    assert [credit.open for credit in await open_credits(harness)] == [eur("5")]
    assert await balance(harness) == eur("-5")


async def test_a_price_credit_on_a_paid_invoice_is_owed(harness: Harness) -> None:
    invoice = await invoiced(harness)
    await harness.pay(invoice, "100")
    await harness.credit(invoice, CreditLine(line_number=1, amount=eur("7.50")))
    await harness.credit(invoice, CreditLine(line_number=1, amount=eur("2.50")))
    assert [credit.open for credit in await open_credits(harness)] == [eur("7.50"), eur("2.50")]
    assert await balance(harness) == eur("-10")


async def test_a_prepayment_is_taken_before_there_is_anything_to_pay(harness: Harness) -> None:
    known = {"external_source": "bank", "external_id": "1"}
    credit = await receive(harness, "150", request_id="a", **known)
    assert harness.names() == ["PaymentOnAccountRecorded", "CreditOpened"]
    assert (credit.amount, credit.open, credit.allocated) == (eur("150"), eur("150"), eur("0"))
    assert await receive(harness, "150", request_id="a", **known) == credit
    with pytest.raises(Duplicate) as twice:
        await receive(harness, "150", **known)
    assert twice.value.metadata["id"] == credit.payment_id
    await harness.terms()
    invoice = await invoiced(harness)
    with pytest.raises(Duplicate):
        await harness.pay(invoice, "1", **known)
    assert await balance(harness) == eur("-50")
    harness.names()
    used = await allocate(harness, credit)
    assert harness.names() == ["CreditAllocated", "InvoicePaid"]
    assert (used.allocated, used.open) == (eur("100"), eur("50"))
    after = await now(harness, invoice)
    assert (after.state, after.paid, after.allocated) == (InvoiceState.PAID, eur("0"), eur("100"))
    assert await balance(harness) == eur("-50")


async def test_whoever_pays_in_advance_may_order_for_it(harness: Harness) -> None:
    await harness.terms("0")
    order = await harness.submit(await harness.draft(goods(1, "150")))
    assert order.state is OrderState.HELD
    await receive(harness, "149.99")
    await review_held_orders(harness.env)
    assert (await harness.order(order)).state is OrderState.HELD
    await receive(harness, "0.01")
    await review_held_orders(harness.env)
    assert (await harness.order(order)).state is OrderState.CONFIRMED
    account = await harness.account()
    assert (account.exposure, account.available) == (eur("0"), eur("0"))


async def test_a_payment_covers_several_invoices_and_its_rest_stays_open(harness: Harness) -> None:
    first, second, third = [await invoiced(harness) for _ in range(3)]
    harness.names()
    credit = await receive(harness, "230", (first, "100"), (second, ""), (third, "20"))
    assert harness.names() == [
        "PaymentOnAccountRecorded",
        "CreditOpened",
        *["CreditAllocated"] * 3,
        *["InvoicePaid"] * 2,
    ]
    assert (credit.amount, credit.allocated, credit.open) == (eur("230"), eur("220"), eur("10"))
    assert [(await now(harness, one)).open for one in (first, second, third)] == [eur("0"), eur("0"), eur("80")]
    assert await balance(harness) == eur("70")


async def test_several_invoices_of_one_order_are_settled_at_once(harness: Harness) -> None:
    order = await harness.confirmed(goods(10, "10"))
    invoices = []
    for count in (4, 6):
        shipment = await harness.ship(order, count)
        await harness.deliver(shipment)
        invoices.append(await harness.invoice(order))
    harness.names()
    await receive(harness, "100", *((one, "") for one in invoices))
    assert harness.names()[-1] == "OrderCompleted"
    done = await harness.order(order)
    assert (done.settled, done.state) == (eur("100"), OrderState.COMPLETED)


async def test_credits_settle_the_invoices_that_are_due_first(harness: Harness) -> None:
    late, later = await invoiced(harness), await invoiced(harness)
    await harness.terms(days=3)
    soon = await invoiced(harness)
    credit = await receive(harness, "150")
    await allocate(harness, credit)
    assert [(await now(harness, one)).open for one in (soon, late, later)] == [eur("0"), eur("50"), eur("100")]
    with pytest.raises(NothingToAllocate):
        await allocate(harness, credit)


async def test_the_clock_allocates_where_the_policy_says_so(harness: Harness) -> None:
    one, two = await invoiced(harness), await invoiced(harness)
    await receive(harness, "30")
    harness.days(1)
    await receive(harness, "120")
    assert await allocate_credits(harness.env) == 0
    harness.env.settings = Settings(policy=Policy(allocation=AllocationPolicy.OLDEST_FIRST))
    assert await allocate_credits(harness.env) == 1
    assert [(await now(harness, each)).open for each in (one, two)] == [eur("0"), eur("50")]
    assert await open_credits(harness) == []
    assert await allocate_credits(harness.env) == 0
    assert await balance(harness) == eur("50")


async def test_a_refund_is_not_refused_for_a_newer_credit_that_it_does_not_touch(harness: Harness) -> None:
    old = await receive(harness, "100", value_date=TODAY - timedelta(days=10))
    await receive(harness, "50")
    day = TODAY - timedelta(days=5)
    assert [part.credit_id for part in (await refund(harness, "30", refund_date=day)).parts] == [old.id]
    with pytest.raises(InvalidInput):
        await refund(harness, "100", refund_date=day)


async def test_money_is_paid_back_out_of_the_oldest_credits_or_those_named(harness: Harness) -> None:
    first = await receive(harness, "30")
    second = await receive(harness, "50")
    harness.names()
    paid = await refund(harness, "40", external_source="bank", external_id="out-1")
    assert harness.names() == ["RefundRecorded", "CreditRefunded", "CreditRefunded"]
    assert [(part.credit_id, part.amount) for part in paid.parts] == [(first.id, eur("30")), (second.id, eur("10"))]
    assert await balance(harness) == eur("-40")
    with pytest.raises(Duplicate):
        await refund(harness, "1", external_source="bank", external_id="out-1")
    with pytest.raises(MoreThanCredit):
        await refund(harness, "40.01")
    with pytest.raises(MoreThanCredit):
        await refund(harness, "1", first)
    await refund(harness, "40", second)
    assert await open_credits(harness) == []
    assert await balance(harness) == eur("0")


async def test_what_cannot_be_is_refused_and_nothing_changed(harness: Harness) -> None:
    invoice, other = await invoiced(harness), await harness.partner(id=an_id("ptn", 2))
    foreign = await invoiced(harness, partner=other)
    credit = await receive(harness, "50")
    with pytest.raises(InvalidInput) as wrong:
        await receive(
            harness,
            "0.005",
            (foreign, ""),
            (invoice, "0.001"),
            (invoice, ""),
            value_date=TODAY + timedelta(days=3),
            external_id="7",
        )
    assert [(one.field, one.reason) for one in wrong.value.violations] == [
        ("amount", "BAD_AMOUNT"),
        ("value_date", "IN_THE_FUTURE"),
        ("external_source", "REQUIRED"),
        ("parts[0].invoice_id", "PARTNER_MISMATCH"),
        ("parts[1].amount", "BAD_AMOUNT"),
        ("parts[2].invoice_id", "DUPLICATE_INVOICE"),
    ]
    with pytest.raises(MoreThanOpen):
        await receive(harness, "500", (invoice, "100.01"))
    with pytest.raises(MoreThanCredit):
        await allocate(harness, credit, (invoice, "50.01"))
    with pytest.raises(EtagMismatch):
        await allocate(harness, credit, (invoice, "1"), etag="7")
    with pytest.raises(InvalidInput, match="refund_date"):
        await refund(harness, "1", refund_date=TODAY - timedelta(days=1))
    with pytest.raises(NotFound):
        await receive(harness, "1", partner_id=an_id("ptn", 9))
    assert await balance(harness) == eur("50")
    assert (await open_credits(harness)) == [credit]


async def test_currencies_do_not_mix(harness: Harness) -> None:
    invoice = await invoiced(harness)
    for amount, currency in (("7", "JPY"), ("0.001", "KWD")):
        credit = await receive(harness, Money.of(amount, currency))
        with pytest.raises(InvalidInput, match=f"is in EUR, not in {currency}"):
            await allocate(harness, credit, (invoice, "1"))
        with pytest.raises(NothingToAllocate):
            await allocate(harness, credit)
        assert (await statement(harness, currency)).closing_balance == -credit.amount
    with pytest.raises(InvalidInput, match="finer than JPY"):
        await receive(harness, Money.of("0.5", "JPY"))
    assert await balance(harness) == eur("100")


async def test_a_payment_covers_as_many_invoices_as_a_call_may_name(harness: Harness) -> None:
    await harness.terms("1000000")
    invoices = [await invoiced(harness, "1", 1) for _ in range(INVOICES_PER_CALL + 1)]
    credit = await receive(harness, "101", *((one, "") for one in invoices[:-1]))
    assert (credit.allocated, credit.open) == (eur("100"), eur("1"))
    await allocate(harness, credit)
    with pytest.raises(CreditInUse):
        await bounce(harness, credit.payment_id)
    await reverse(harness, (await allocations_of(harness, credit))[0])
    await bounce(harness, credit.payment_id)
    assert (await harness.account()).balance == eur("101")
