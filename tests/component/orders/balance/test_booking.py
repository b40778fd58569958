"""What credit notes took back before credits were kept becomes credits of the partner, each once."""

import pytest
from msgspec.structs import replace

from libs.store.listing import every_row
from libs.store.port import Loaded, get
from services.orders.balance.jobs import book_credit_notes
from services.orders.billing.documents import CREDIT_NOTES, INVOICES
from services.orders.billing.domain.invoice import Invoice, balanced
from services.orders.credit.documents import ACCOUNTS, PARTNER_CREDITS
from services.orders.credit.domain import account_id
from tests.component.orders.balance.acts import (
    aging,
    an_orphan,
    bounce,
    invoiced,
    now,
    open_credits,
    pieces,
    statement,
)
from tests.component.orders.harness import PARTNER, Harness, eur


async def forget(harness: Harness, *invoices: Invoice) -> None:
    """Make the documents what they were before credits were kept."""
    store = harness.env.store
    for credit in await open_credits(harness):
        await store.commit([Loaded(PARTNER_CREDITS, credit).delete()])
    for note in await every_row(store, CREDIT_NOTES, {"partner_id": PARTNER}):
        await store.commit([note.put(replace(note.value, booked=False))])
    for invoice in invoices:
        held = await get(store, INVOICES, invoice.id)
        assert held is not None
        await store.commit([held.put(balanced(replace(held.value, released=None)))])
    account = await get(store, ACCOUNTS, account_id(PARTNER, "EUR"))
    if account is not None:
        await store.commit([account.put(replace(account.value, open_credits=None, settleable=False))])


async def test_old_credit_notes_are_booked_once(harness: Harness) -> None:
    paid, half, untouched = [await invoiced(harness) for _ in range(3)]
    await harness.pay(paid, "100")
    await harness.pay(half, "50")
    for invoice in (paid, paid, half, untouched):
        await harness.credit(invoice, pieces(4))
    await harness.credit(half, pieces(4))
    await an_orphan(harness, eur("33"), "1")
    before, credits = await harness.account(), await open_credits(harness)
    assert before.owed == eur("143")
    await forget(harness, paid, half, untouched)
    assert (await now(harness, paid)).open == eur("0")
    assert await open_credits(harness) == []
    harness.names()
    assert await book_credit_notes(harness.env) == 6
    assert harness.names() == ["CreditOpened"] * 4
    assert await book_credit_notes(harness.env) == 0
    after, again = await harness.account(), await open_credits(harness)
    assert (after.owed, after.unpaid_invoices) == (before.owed, before.unpaid_invoices)
    assert {one.id: one.open for one in again} == {one.id: one.open for one in credits}
    assert (await statement(harness)).closing_balance == after.balance == eur("-83")
    row = await aging(harness)
    assert row is not None
    assert (row.open_credits, row.credit_count, row.balance) == (eur("143"), 4, eur("-83"))


async def test_a_note_that_comes_before_the_old_ones_are_booked_leaves_theirs(harness: Harness) -> None:
    invoice = await invoiced(harness)
    await harness.pay(invoice, "100")
    await harness.credit(invoice, pieces(4))
    await forget(harness, invoice)
    await harness.credit(invoice, pieces(2))
    assert [one.open for one in await open_credits(harness)] == [eur("20")]
    await book_credit_notes(harness.env)
    assert sorted(one.open.amount for one in await open_credits(harness)) == [200_000, 400_000]
    assert (await statement(harness)).opening_balance == eur("0")


@pytest.mark.parametrize("first", ["bounce", "book"])
async def test_a_payment_may_bounce_before_or_after(harness: Harness, first: str) -> None:
    invoice = await invoiced(harness)
    payment = await harness.pay(invoice, "100")
    await harness.credit(invoice, pieces(4))
    await forget(harness, invoice)
    if first == "bounce":
        await bounce(harness, payment.id)
        await book_credit_notes(harness.env)
    else:
        await book_credit_notes(harness.env)
        await bounce(harness, payment.id)
    whole = await statement(harness)
    assert (whole.opening_balance, whole.closing_balance) == (eur("0"), eur("60"))
    assert (await harness.account()).balance == eur("60")
