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
from tests.component.orders.desk import PARTNER, TODAY, Desk, eur, goods


async def test_an_order_is_shipped_invoiced_and_paid_in_parts_until_it_is_complete(desk: Desk) -> None:
    order = await desk.confirmed(goods(tax=1900))
    assert desk.events() == ["CreditTermsSet", "OrderCreated", "OrderSubmitted", "OrderConfirmed"]
    first = await desk.ship(order, 4)
    assert desk.events() == ["ShipmentRecorded", "InvoiceRequested"]
    one = await desk.invoice(order)
    assert (one.number, one.payable, one.issue_date, one.due_date) == (
        "local-2026-000001",
        eur("476"),
        TODAY,
        TODAY + timedelta(days=14),
    )
    account = await desk.account()
    assert (account.open_orders, account.unpaid_invoices) == (eur("714"), eur("476"))
    await desk.pay(one, "176")
    assert desk.events() == ["InvoiceIssued", "PaymentRecorded"]
    await desk.pay(one, "300")
    assert desk.events() == ["PaymentRecorded", "InvoicePaid"]
    second = await desk.ship(order, 6)
    two = await desk.invoice(order)
    for shipment in (first, second):
        await desk.deliver(shipment)
    desk.events()
    await desk.pay(two, "714")
    assert desk.events() == ["PaymentRecorded", "InvoicePaid", "OrderCompleted"]
    done = await desk.order(order)
    assert (done.state, done.billing, done.payment) == (
        OrderState.COMPLETED,
        BillingState.INVOICED,
        PaymentState.PAID,
    )
    account = await desk.account()
    assert (account.exposure, account.available) == (eur("0"), eur("100000"))


async def test_an_invoice_of_some_shipments_leaves_the_others(desk: Desk) -> None:
    order = await desk.confirmed()
    first, second = await desk.ship(order, 4), await desk.ship(order, 6)
    invoice = await desk.invoice(order, second)
    assert [line.quantity for line in invoice.lines] == [6]
    with pytest.raises(NothingToInvoice):
        await desk.invoice(order, second)
    assert [line.quantity for line in (await desk.invoice(order)).lines] == [4]
    with pytest.raises(NothingToInvoice):
        await desk.invoice(order, first)
    other = await desk.ship(await desk.confirmed(), 1)
    with pytest.raises(NotFound):
        await desk.invoice(order, other)


async def test_numbers_are_counted_by_year_and_pass_over_those_given(desk: Desk) -> None:
    numbers = []
    for given in ("", "local-2026-000002", "", "RE/7"):
        order = await desk.confirmed()
        await desk.ship(order)
        numbers.append((await desk.invoice(order, number=given)).number)
    assert numbers == ["local-2026-000001", "local-2026-000002", "local-2026-000003", "RE/7"]
    order = await desk.confirmed()
    await desk.ship(order)
    with pytest.raises(Duplicate):
        await desk.invoice(order, number="RE/7")
    desk.days(365)
    invoice = await desk.invoice(order)
    assert invoice.number == "local-2027-000001"
    assert (await desk.credit(invoice)).number == "local-C-2027-000001"


async def test_days_must_not_run_backwards_or_ahead(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    with pytest.raises(InvalidInput) as refused:
        await desk.invoice(order, issue_date=TODAY - timedelta(days=1), due_date=TODAY - timedelta(days=2))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("issue_date", "DATES_OUT_OF_ORDER"),
        ("due_date", "DATES_OUT_OF_ORDER"),
    ]
    with pytest.raises(InvalidInput):
        await desk.invoice(order, issue_date=TODAY + timedelta(days=2))
    invoice = await desk.invoice(order)
    with pytest.raises(InvalidInput):
        await desk.pay(invoice, "1", value_date=TODAY + timedelta(days=2))
    with pytest.raises(InvalidInput):
        await desk.credit(invoice, issue_date=TODAY - timedelta(days=1))


async def test_without_terms_there_are_thirty_days_to_pay(desk: Desk) -> None:
    order = await desk.submit(await desk.draft(goods(price="0")))
    await desk.run(release_hold, ReleaseHold, id=order.id, reason=HoldReason.CREDIT)
    await desk.ship(order)
    assert (await desk.invoice(order)).due_date == TODAY + timedelta(days=30)


async def test_a_payment_is_recorded_once(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    invoice = await desk.invoice(order)
    known = {"external_source": "bank", "external_id": "7"}
    payment = await desk.pay(invoice, "1000", request_id="a", **known)
    assert await desk.pay(invoice, "1000", request_id="a", **known) == payment
    with pytest.raises(RequestIdReused):
        await desk.pay(invoice, "999", request_id="a", **known)
    with pytest.raises(Duplicate) as refused:
        await desk.pay(invoice, "1000", **known)
    assert refused.value.metadata["id"] == payment.id
    with pytest.raises(MoreThanOpen):
        await desk.pay(invoice, "0.01")
    with pytest.raises(InvalidInput) as wrong:
        await desk.pay(invoice, "1", external_id="8")
    assert wrong.value.violations == (Violation("external_source", "is needed with external_id", "REQUIRED"),)


async def test_money_of_another_currency_is_not_taken(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    invoice = await desk.invoice(order)
    with pytest.raises(InvalidInput, match="amount: is in USD, not in EUR"):
        await desk.run(
            record_payment,
            RecordPayment,
            invoice_id=invoice.id,
            amount=Money.of(1, "USD"),
            value_date=TODAY,
        )


async def test_a_stale_etag_is_refused(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    with pytest.raises(EtagMismatch):
        await desk.invoice(order, etag="1")
    invoice = await desk.invoice(order, etag=str((await desk.order(order)).version))
    await desk.pay(invoice, "1", etag="1")
    with pytest.raises(EtagMismatch):
        await desk.pay(invoice, "1", etag="1")


async def test_a_credit_note_frees_what_was_open(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.deliver(await desk.ship(order))
    invoice = await desk.invoice(order)
    desk.events()
    note = await desk.credit(invoice, CreditLine(line_number=1, quantity=4))
    assert (note.payable, (await desk.account()).exposure, desk.events()) == (
        eur("400"),
        eur("600"),
        ["CreditNoteIssued"],
    )
    note = await desk.credit(invoice)
    assert (note.payable, (await desk.account()).exposure, desk.events()) == (
        eur("600"),
        eur("0"),
        ["CreditNoteIssued", "InvoicePaid", "OrderCompleted"],
    )
    assert (await desk.value(INVOICES, invoice.id)).state is InvoiceState.CREDITED


async def test_what_was_paid_can_be_credited_and_frees_nothing_more(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    invoice = await desk.invoice(order)
    await desk.pay(invoice, "1000")
    desk.events()
    await desk.credit(invoice, CreditLine(line_number=1, quantity=4))
    after = await desk.value(INVOICES, invoice.id)
    assert (after.open, after.state, desk.events()) == (eur("0"), InvoiceState.PAID, ["CreditNoteIssued"])
    assert (await desk.account()).exposure == eur("0")


async def test_an_invoice_falls_overdue_once_on_the_day_after(desk: Desk) -> None:
    order = await desk.confirmed()
    await desk.ship(order)
    late, paid = await desk.invoice(order), await _paid(desk)
    desk.days(14)
    desk.events()
    assert await fall_overdue(desk.env) == 0
    desk.days(1)
    assert await fall_overdue(desk.env) == 1
    assert await fall_overdue(desk.env) == 0
    assert [(one.about, one.version) for one in desk.told] == [(late.id, 2)]
    assert desk.events() == ["InvoiceFellOverdue"]
    assert (await desk.value(INVOICES, late.id)).overdue
    assert not (await desk.value(INVOICES, paid)).overdue
    await desk.pay(late, "1000")
    assert not (await desk.value(INVOICES, late.id)).overdue


async def test_what_is_open_is_told_by_currency_and_age(desk: Desk) -> None:
    for issued in (TODAY, TODAY + timedelta(days=20), TODAY + timedelta(days=40)):
        desk.days((issued - desk.today).days)
        order = await desk.confirmed(goods(1, str(1 + (issued - TODAY).days)))
        await desk.ship(order, 1)
        await desk.invoice(order)
    await _paid(desk)
    found = await desk.look(get_aging, GetAging, as_of=TODAY + timedelta(days=14 + 31))
    (row,) = found.rows
    assert (row.current, row.days_1_to_30, row.days_31_to_60, row.total, row.invoice_count) == (
        eur("41"),
        eur("21"),
        eur("1"),
        eur("63"),
        3,
    )
    assert (await desk.look(get_aging, GetAging, partner_id=PARTNER)).rows[0].total == eur("63")
    other = await desk.partner(id="ptn_local_01jz8c00000000000000000002")
    assert (await desk.look(get_aging, GetAging, partner_id=other)).rows == ()
    with pytest.raises(NotFound):
        await desk.look(get_aging, GetAging, partner_id="ptn_local_01jz8c00000000000000000003")
    assert (await desk.look(get_aging, GetAging, as_of=date.min)).rows[0].current == eur("63")


async def _paid(desk: Desk) -> str:
    order = await desk.confirmed()
    await desk.ship(order)
    invoice = await desk.invoice(order)
    await desk.pay(invoice, "1000")
    return invoice.id
