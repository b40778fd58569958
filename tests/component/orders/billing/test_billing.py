"""Invoices, payments and credit notes: who counts them, what they are called, when they are late."""

from datetime import date, timedelta

import pytest

from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound, RequestIdReused, Violation
from libs.money import Money
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.billing.domain.invoice import NothingToInvoice
from services.orders.billing.domain.payment import MoreThanOpen
from services.orders.billing.domain.states import InvoiceState
from services.orders.billing.usecases.aging import GetAging, get_aging
from services.orders.billing.usecases.payments import RecordPayment, record_payment
from services.orders.dunning.jobs import fall_overdue
from services.orders.ordering.usecases.release import ReleaseHold, release_hold
from services.orders.record.domain.states import BillingState, HoldReason, OrderState, PaymentState
from tests.component.orders.harness import PARTNER, TODAY, Harness, eur, goods


async def test_an_order_is_shipped_invoiced_and_paid_in_parts_until_it_is_complete(harness: Harness) -> None:
    order = await harness.confirmed(goods(tax=1900))
    assert harness.names() == ["CreditTermsSet", "OrderCreated", "OrderSubmitted", "OrderConfirmed"]
    first = await harness.ship(order, 4)
    assert harness.names() == ["ShipmentRecorded", "InvoiceRequested"]
    one = await harness.invoice(order)
    assert (one.number, one.payable, one.issue_date, one.due_date) == (
        "local-2026-000001",
        eur("476"),
        TODAY,
        TODAY + timedelta(days=14),
    )
    account = await harness.account()
    assert (account.open_orders, account.unpaid_invoices) == (eur("714"), eur("476"))
    await harness.pay(one, "176")
    assert harness.names() == ["InvoiceIssued", "PaymentRecorded"]
    await harness.pay(one, "300")
    assert harness.names() == ["PaymentRecorded", "InvoicePaid"]
    second = await harness.ship(order, 6)
    two = await harness.invoice(order)
    for shipment in (first, second):
        await harness.deliver(shipment)
    harness.names()
    await harness.pay(two, "714")
    assert harness.names() == ["PaymentRecorded", "InvoicePaid", "OrderCompleted"]
    done = await harness.order(order)
    assert (done.state, done.billing, done.payment) == (
        OrderState.COMPLETED,
        BillingState.INVOICED,
        PaymentState.PAID,
    )
    account = await harness.account()
    assert (account.exposure, account.available) == (eur("0"), eur("100000"))


async def test_an_invoice_of_some_shipments_leaves_the_others(harness: Harness) -> None:
    order = await harness.confirmed()
    first, second = await harness.ship(order, 4), await harness.ship(order, 6)
    invoice = await harness.invoice(order, second)
    assert [line.quantity for line in invoice.lines] == [6]
    with pytest.raises(NothingToInvoice):
        await harness.invoice(order, second)
    assert [line.quantity for line in (await harness.invoice(order)).lines] == [4]
    with pytest.raises(NothingToInvoice):
        await harness.invoice(order, first)
    other = await harness.ship(await harness.confirmed(), 1)
    with pytest.raises(NotFound):
        await harness.invoice(order, other)


async def test_numbers_are_counted_by_year_and_pass_over_those_given(harness: Harness) -> None:
    numbers = []
    for given in ("", "local-2026-000002", "", "RE/7"):
        order = await harness.confirmed()
        await harness.ship(order)
        numbers.append((await harness.invoice(order, number=given)).number)
    assert numbers == ["local-2026-000001", "local-2026-000002", "local-2026-000003", "RE/7"]
    order = await harness.confirmed()
    await harness.ship(order)
    with pytest.raises(Duplicate):
        await harness.invoice(order, number="RE/7")
    harness.days(365)
    invoice = await harness.invoice(order)
    assert invoice.number == "local-2027-000001"
    assert (await harness.credit(invoice)).number == "local-C-2027-000001"


async def test_days_must_not_run_backwards_or_ahead(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    with pytest.raises(InvalidInput) as refused:
        await harness.invoice(order, issue_date=TODAY - timedelta(days=1), due_date=TODAY - timedelta(days=2))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("issue_date", "DATES_OUT_OF_ORDER"),
        ("due_date", "DATES_OUT_OF_ORDER"),
    ]
    with pytest.raises(InvalidInput):
        await harness.invoice(order, issue_date=TODAY + timedelta(days=2))
    invoice = await harness.invoice(order)
    with pytest.raises(InvalidInput):
        await harness.pay(invoice, "1", value_date=TODAY + timedelta(days=2))
    with pytest.raises(InvalidInput):
        await harness.credit(invoice, issue_date=TODAY - timedelta(days=1))


async def test_without_terms_there_are_thirty_days_to_pay(harness: Harness) -> None:
    order = await harness.submit(await harness.draft(goods(price="0")))
    await harness.run(release_hold, ReleaseHold, id=order.id, reason=HoldReason.CREDIT)
    await harness.ship(order)
    assert (await harness.invoice(order)).due_date == TODAY + timedelta(days=30)


async def test_a_payment_is_recorded_once(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    invoice = await harness.invoice(order)
    known = {"external_source": "bank", "external_id": "7"}
    payment = await harness.pay(invoice, "1000", request_id="a", **known)
    assert await harness.pay(invoice, "1000", request_id="a", **known) == payment
    with pytest.raises(RequestIdReused):
        await harness.pay(invoice, "999", request_id="a", **known)
    with pytest.raises(Duplicate) as refused:
        await harness.pay(invoice, "1000", **known)
    assert refused.value.metadata["id"] == payment.id
    with pytest.raises(MoreThanOpen):
        await harness.pay(invoice, "0.01")
    with pytest.raises(InvalidInput) as wrong:
        await harness.pay(invoice, "1", external_id="8")
    assert wrong.value.violations == (Violation("external_source", "is needed with external_id", "REQUIRED"),)


async def test_money_of_another_currency_is_not_taken(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    invoice = await harness.invoice(order)
    with pytest.raises(InvalidInput, match="amount: is in USD, not in EUR"):
        await harness.run(
            record_payment,
            RecordPayment,
            invoice_id=invoice.id,
            amount=Money.of(1, "USD"),
            value_date=TODAY,
        )


async def test_a_stale_etag_is_refused(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    with pytest.raises(EtagMismatch):
        await harness.invoice(order, etag="1")
    invoice = await harness.invoice(order, etag=str((await harness.order(order)).version))
    await harness.pay(invoice, "1", etag="1")
    with pytest.raises(EtagMismatch):
        await harness.pay(invoice, "1", etag="1")


async def test_a_credit_note_frees_what_was_open(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.deliver(await harness.ship(order))
    invoice = await harness.invoice(order)
    harness.names()
    note = await harness.credit(invoice, CreditLine(line_number=1, quantity=4))
    assert (note.payable, (await harness.account()).exposure, harness.names()) == (
        eur("400"),
        eur("600"),
        ["CreditNoteIssued"],
    )
    note = await harness.credit(invoice)
    assert (note.payable, (await harness.account()).exposure, harness.names()) == (
        eur("600"),
        eur("0"),
        ["CreditNoteIssued", "InvoicePaid", "OrderCompleted"],
    )
    assert (await harness.value(INVOICES, invoice.id)).state is InvoiceState.CREDITED


async def test_what_was_paid_can_be_credited_and_is_owed_to_the_partner(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    invoice = await harness.invoice(order)
    await harness.pay(invoice, "1000")
    harness.names()
    await harness.credit(invoice, CreditLine(line_number=1, quantity=4))
    after = await harness.value(INVOICES, invoice.id)
    assert (after.open, after.state) == (eur("0"), InvoiceState.PAID)
    assert harness.names() == ["CreditNoteIssued", "CreditOpened"]
    assert (await harness.account()).exposure == eur("-400")


async def test_an_invoice_falls_overdue_once_on_the_day_after(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    late, paid = await harness.invoice(order), await _paid(harness)
    harness.days(14)
    harness.names()
    assert await fall_overdue(harness.env) == 0
    harness.days(1)
    assert await fall_overdue(harness.env) == 1
    assert await fall_overdue(harness.env) == 0
    assert [(one.about, one.version) for one in harness.told] == [(late.id, 2)]
    assert harness.names() == ["InvoiceFellOverdue"]
    assert (await harness.value(INVOICES, late.id)).overdue
    assert not (await harness.value(INVOICES, paid)).overdue
    await harness.pay(late, "1000")
    assert not (await harness.value(INVOICES, late.id)).overdue


async def test_what_is_open_is_told_by_currency_and_age(harness: Harness) -> None:
    for issued in (TODAY, TODAY + timedelta(days=20), TODAY + timedelta(days=40)):
        harness.days((issued - harness.today).days)
        order = await harness.confirmed(goods(1, str(1 + (issued - TODAY).days)))
        await harness.ship(order, 1)
        await harness.invoice(order)
    await _paid(harness)
    found = await harness.look(get_aging, GetAging, as_of=TODAY + timedelta(days=14 + 31))
    (row,) = found.rows
    assert (row.current, row.days_1_to_30, row.days_31_to_60, row.total, row.invoice_count) == (
        eur("41"),
        eur("21"),
        eur("1"),
        eur("63"),
        3,
    )
    assert (await harness.look(get_aging, GetAging, partner_id=PARTNER)).rows[0].total == eur("63")
    other = await harness.partner(id="ptn_local_01jz8c00000000000000000002")
    assert (await harness.look(get_aging, GetAging, partner_id=other)).rows == ()
    with pytest.raises(NotFound):
        await harness.look(get_aging, GetAging, partner_id="ptn_local_01jz8c00000000000000000003")
    assert (await harness.look(get_aging, GetAging, as_of=date.min)).rows[0].current == eur("63")


async def _paid(harness: Harness) -> str:
    order = await harness.confirmed()
    await harness.ship(order)
    invoice = await harness.invoice(order)
    await harness.pay(invoice, "1000")
    return invoice.id
