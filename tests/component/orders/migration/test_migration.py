"""Rows of other systems: taken over once, judged alone, refused with every reason."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import Duplicate, InvalidInput, Violation
from libs.imports import ExternalIdTaken, Imported, PartnerNotYetKnown
from libs.money import Money
from libs.store.listing import everything
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import MoreThanInvoiced
from services.orders.billing.domain.states import InvoiceState
from services.orders.dunning.jobs import fall_overdue
from services.orders.migration.domain.history import HistoricDocument, HistoricLine, ImportDocument
from services.orders.migration.usecases import ImportDocumentRow, OrderNotYetKnown, import_document
from services.orders.ordering.usecases.drafting import ListOrders, list_orders
from services.orders.overview.usecases import GetOrder, get_order
from services.orders.record.documents import ORDERS, SHIPMENTS
from services.orders.record.domain.states import LineKind, OrderState
from services.orders.settings import Policy, RepeatedNumberPolicy
from tests.builders import an_id
from tests.component.orders.harness import PARTNER, TODAY, Harness, eur

FIRST = date(2011, 5, 31)
BICYCLES = HistoricLine(
    kind=LineKind.PRODUCT,
    sku="BK-1",
    quantity=3,
    unit_price=eur("2024.994"),
    tax=eur("485.9986"),
    freight=eur("151.8746"),
)
INVOICED: dict[str, Any] = {"invoice_number": "R1", "invoice_date": FIRST}


def a_row(external_id: str = "SO1", *lines: HistoricLine, **fields: Any) -> HistoricDocument:
    """An order of three bicycles for 6712.8552, placed in 2011."""
    content = {"document": ImportDocument.ORDER, "partner_id": PARTNER, "row_hash": external_id, **fields}
    return HistoricDocument(
        external_source="aw",
        external_id=external_id,
        currency="EUR",
        order_date=content.pop("order_date", FIRST),
        ship_to_country="DE",
        lines=lines or (BICYCLES,),
        **content,
    )


def a_credit(external_id: str = "C1", amount: str = "100", **fields: Any) -> HistoricDocument:
    """A credit note over a charge."""
    line = HistoricLine(kind=LineKind.CHARGE, sku="M", quantity=1, unit_price=eur(amount))
    return a_row(external_id, line, document=ImportDocument.CREDIT_NOTE, row_hash=f"credit {external_id}", **fields)


async def take(harness: Harness, row: HistoricDocument) -> Imported:
    """Import one row."""
    return await harness.run(import_document, ImportDocumentRow, row=row)


async def test_an_order_comes_with_all_that_followed_from_it(harness: Harness) -> None:
    sent: dict[str, Any] = {"ship_date": FIRST, "deliver_date": FIRST + timedelta(days=3)}
    imported = await take(harness, a_row(**sent, **INVOICED, paid_date=FIRST))
    assert imported.fresh
    story = await harness.look(get_order, GetOrder, id=imported.id)
    assert (story.order.state, story.order.totals.total) == (OrderState.COMPLETED, eur("6712.8552"))
    assert [len(one) for one in (story.shipments, story.invoices, story.payments)] == [1, 1, 1]
    assert harness.names() == ["OrderImported"]


async def test_the_same_row_again_changes_nothing_and_another_under_its_id_is_refused(harness: Harness) -> None:
    rows = [a_row(**INVOICED), a_row("SO2"), a_credit()]
    first = [await take(harness, row) for row in rows]
    account = await harness.account()
    harness.names()
    assert [await take(harness, row) for row in rows] == [Imported(one.id, fresh=False) for one in first]
    assert (await harness.account(), harness.names()) == (account, [])
    for row in (a_row(row_hash="other"), a_credit("SO1"), a_row("C1", row_hash="order")):
        with pytest.raises(ExternalIdTaken):
            await take(harness, row)


async def test_twins_of_one_moment_become_one(harness: Harness) -> None:
    done = await asyncio.gather(*[take(harness, a_row()) for _ in range(8)])
    assert sorted(one.fresh for one in done) == [False] * 7 + [True]
    assert len({one.id for one in done}) == 1


async def test_what_is_open_is_owed(harness: Harness) -> None:
    await asyncio.gather(
        *[take(harness, a_row(f"SO{n}", invoice_number=f"R{n}", invoice_date=FIRST)) for n in range(30)]
    )
    await take(harness, a_row("SO98"))
    await take(harness, a_row("SO99", canceled=True))
    account = await harness.account()
    assert (account.unpaid_invoices, account.open_orders) == (eur("6712.86") * 30, eur("6712.8552"))
    assert await fall_overdue(harness.env) == 0


async def test_a_due_date_that_lies_ahead_is_watched(harness: Harness) -> None:
    await take(harness, a_row(**INVOICED, invoice_due_date=TODAY))
    harness.names()
    harness.days(1)
    assert await fall_overdue(harness.env) == 1
    assert harness.names() == ["InvoiceFellOverdue"]


async def test_an_imported_order_goes_on_living(harness: Harness) -> None:
    sent = await harness.value(ORDERS, (await take(harness, a_row(ship_date=FIRST))).id)
    invoice = await harness.invoice(sent)
    assert (invoice.totals.total, invoice.payable) == (eur("6712.8552"), eur("6712.86"))
    (shipment,) = await everything(harness.env.store, SHIPMENTS, {"order_id": sent.id})
    await harness.deliver(shipment)
    await harness.pay(invoice, "6712.86")
    assert (await harness.order(sent)).state is OrderState.COMPLETED
    assert (await harness.account()).exposure == eur("0")


async def test_a_credit_note_that_amends_takes_something_off_the_invoice(harness: Harness) -> None:
    order = await take(harness, a_row(**INVOICED))
    note = await harness.value(CREDIT_NOTES, (await take(harness, a_credit(amends_external_id="SO1"))).id)
    (invoice,) = await everything(harness.env.store, INVOICES, {"order_id": order.id})
    assert (note.order_id, note.invoice_id, note.number) == (order.id, invoice.id, "C1")
    assert (invoice.credited, invoice.open, invoice.state) == (
        eur("100"),
        eur("6612.86"),
        InvoiceState.PARTIALLY_PAID,
    )
    assert (await harness.account()).unpaid_invoices == eur("6612.86")
    with pytest.raises(MoreThanInvoiced):
        await take(harness, a_credit("C2", "6612.8553", amends_external_id="SO1"))
    last = await harness.value(
        CREDIT_NOTES, (await take(harness, a_credit("C3", "6612.8552", amends_external_id="SO1"))).id
    )
    assert last.payable == eur("6612.86")
    assert (await harness.account()).unpaid_invoices == eur("0")
    assert harness.names() == ["OrderImported", "CreditNoteImported", "CreditNoteImported"]


async def test_a_credit_note_without_an_original_stands_by_itself(harness: Harness) -> None:
    await take(harness, a_row(**INVOICED))
    note = await harness.value(CREDIT_NOTES, (await take(harness, a_credit(invoice_number="C-7"))).id)
    assert (note.order_id, note.invoice_id, note.number, note.payable) == ("", "", "C-7", eur("100"))
    assert (await harness.account()).unpaid_invoices == eur("6712.86")


async def test_what_is_not_known_yet_is_asked_for_again(harness: Harness) -> None:
    with pytest.raises(PartnerNotYetKnown):
        await take(harness, a_row(partner_id=an_id("ptn", 5)))
    unknown: dict[str, Any] = {"partner_id": "", "partner_external_source": "aw", "partner_external_id": "7"}
    with pytest.raises(PartnerNotYetKnown):
        await take(harness, a_row(**unknown))
    with pytest.raises(OrderNotYetKnown):
        await take(harness, a_credit(amends_external_id="SO1"))
    await harness.partner(id=an_id("ptn", 5), external_source="aw", external_id="7")
    order = await harness.value(ORDERS, (await take(harness, a_row(**unknown))).id)
    assert order.partner_id == an_id("ptn", 5)


async def test_a_credit_note_fits_what_it_amends(harness: Harness) -> None:
    await take(harness, a_row(**INVOICED))
    dollars = HistoricLine(kind=LineKind.CHARGE, sku="M", quantity=1, unit_price=Money.of(1, "USD"))
    foreign = replace(a_credit(amends_external_id="SO1"), currency="USD", lines=(dollars,))
    with pytest.raises(InvalidInput) as mixed:
        await take(harness, foreign)
    assert [(one.field, one.reason) for one in mixed.value.violations] == [("currency", "CURRENCY_MISMATCH")]
    other = await harness.partner(id=an_id("ptn", 2))
    row = a_credit(amends_external_id="SO1", partner_id=other, order_date=FIRST - timedelta(days=1))
    with pytest.raises(InvalidInput) as refused:
        await take(harness, row)
    assert {(one.field, one.reason) for one in refused.value.violations} == {
        ("partner_id", "PARTNER_MISMATCH"),
        ("order_date", "DATES_OUT_OF_ORDER"),
    }


async def test_a_bad_row_is_refused_with_every_reason_and_leaves_nothing(harness: Harness) -> None:
    row = a_row(
        "SO1",
        HistoricLine(kind=LineKind.PRODUCT, sku="A", quantity=2, unit_price=eur("1"), amount=eur("3")),
        ship_date=FIRST - timedelta(days=1),
        invoice_number="R1",
        amends_external_id="SO0",
    )
    with pytest.raises(InvalidInput) as refused:
        await take(harness, row)
    assert {(one.field, one.reason) for one in refused.value.violations} == {
        ("lines[0].amount", "AMOUNT_MISMATCH"),
        ("ship_date", "DATES_OUT_OF_ORDER"),
        ("invoice_date", "REQUIRED"),
        ("amends_external_id", "NOT_FOR_ORDER"),
    }
    assert await everything(harness.env.store, ORDERS, {"partner_id": PARTNER}) == ()
    assert harness.names() == []


@pytest.mark.parametrize(
    "second",
    [a_row("SO2", **INVOICED), a_credit("C2", invoice_number="C1")],
)
async def test_numbers_are_not_given_twice(harness: Harness, second: HistoricDocument) -> None:
    await take(harness, a_row(**INVOICED, purchase_order_number="PO-1"))
    await take(harness, a_credit())
    with pytest.raises(Duplicate):
        await take(harness, second)


async def test_many_lines_of_ten_thousandths_come_out_exact(harness: Harness) -> None:
    lines = tuple(
        HistoricLine(
            kind=LineKind.PRODUCT,
            sku=f"S-{n}",
            quantity=n,
            unit_price=eur("0.0001"),
            tax=eur("0.0003"),
            freight=eur("1.1111"),
        )
        for n in range(1, 73)
    )
    order = await harness.value(ORDERS, (await take(harness, a_row("SO1", *lines, ship_date=FIRST))).id)
    assert (order.totals.subtotal, order.totals.tax, order.totals.freight, order.totals.total) == (
        eur("0.2628"),
        eur("0.0216"),
        eur("79.9992"),
        eur("80.2836"),
    )
    assert not await everything(harness.env.store, PAYMENTS, {"order_id": order.id})


async def test_rows_of_a_partner_do_not_wear_each_other_out(harness: Harness) -> None:
    rows = [a_row(f"SO{n}", **INVOICED | {"invoice_number": f"R{n}"}) for n in range(40)]
    await asyncio.gather(*[take(harness, row) for row in rows])
    notes = [a_credit(f"C{n}", amends_external_id=f"SO{n}") for n in range(40)]
    done = await asyncio.gather(*[take(harness, row) for row in notes])
    assert all(one.fresh for one in done)
    assert (await harness.account()).unpaid_invoices == eur("6612.86") * 40


async def test_a_purchase_order_number_that_is_used_twice_is_a_warning_that_names_both_orders(harness: Harness) -> None:
    first = await take(harness, a_row(purchase_order_number="PO-1"))
    again = a_row("SO2", purchase_order_number="PO-1")
    second = await take(harness, again)
    what = f"is the number of order {first.id} (SO1) already; order {second.id} (SO2) has it as a repeated one"
    warning = Violation("purchase_order_number", what, "PURCHASE_ORDER_NUMBER_REPEATED")
    assert (first.warnings, second.warnings) == ((), (warning,))
    assert await take(harness, again) == Imported(second.id, fresh=False, warnings=(warning,))
    order = (await harness.look(get_order, GetOrder, id=second.id)).order
    assert (order.purchase_order_number, order.repeated_purchase_order_number) == (None, "PO-1")
    for whose in ({}, {"partner_id": order.partner_id}):
        page = await harness.look(list_orders, ListOrders, purchase_order_number="PO-1", **whose)
        assert sorted(loaded.value.id for loaded in page.rows) == sorted((first.id, second.id))


async def test_a_repeated_purchase_order_number_is_refused_where_the_policy_says_so(harness: Harness) -> None:
    harness.env.settings = replace(
        harness.env.settings, policy=Policy(repeated_purchase_order_number=RepeatedNumberPolicy.REFUSE)
    )
    await take(harness, a_row(purchase_order_number="PO-1"))
    with pytest.raises(Duplicate):
        await take(harness, a_row("SO2", purchase_order_number="PO-1"))
    await take(harness, a_row("SO3", purchase_order_number="PO-2"))
