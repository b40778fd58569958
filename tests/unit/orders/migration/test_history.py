"""What cannot be true in a row of another system, and what a row that can be becomes."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.money import Money
from services.orders.billing.domain.states import InvoiceState
from services.orders.migration.domain.history import HistoricDocument, HistoricLine, ImportDocument, contradictions
from services.orders.migration.domain.migration import MigratedOrder, NewIds, migrate_order
from services.orders.record.domain.order import FxRate
from services.orders.record.domain.states import BillingState, FulfillmentState, LineKind, OrderState, PaymentState
from tests.builders import NOW, an_id
from tests.unit.orders.orders import TODAY, eur

DAY = timedelta(days=1)
FIRST = date(2011, 5, 31)
IDS = NewIds(order=an_id("ord"), shipment=an_id("shp"), invoice=an_id("inv"), payment=an_id("pay"))
LINE = HistoricLine(
    kind=LineKind.PRODUCT,
    sku="BK-1",
    quantity=3,
    unit_price=eur("2024.994"),
    tax=eur("485.9986"),
    freight=eur("151.8746"),
)


def a_row(*lines: HistoricLine, **fields: Any) -> HistoricDocument:
    """An order of three bicycles, placed in 2011."""
    content = {
        "external_source": "aw",
        "external_id": "SO1",
        "document": ImportDocument.ORDER,
        "partner_id": an_id("ptn"),
        "currency": "EUR",
        "order_date": FIRST,
        "ship_to_country": "DE",
        "row_hash": "00",
        **fields,
    }
    return HistoricDocument(lines=lines or (LINE,), **content)


def wrong(row: HistoricDocument) -> set[tuple[str, str]]:
    """Field and reason of everything that cannot be true."""
    return {(one.field, one.reason) for one in contradictions(row, latest=TODAY)}


def migrated(**fields: Any) -> MigratedOrder:
    """What a row becomes."""
    return migrate_order(a_row(**fields), ids=IDS, partner_id=an_id("ptn"), terms_days=30, today=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, set()),
        ({"partner_id": ""}, {("partner_id", "REQUIRED")}),
        ({"partner_id": "", "partner_external_id": "7"}, {("partner_id", "REQUIRED")}),
        ({"partner_id": "", "partner_external_source": "aw", "partner_external_id": "7"}, set()),
        ({"currency": "USD"}, {(f"lines[0].{one}", "CURRENCY_MISMATCH") for one in ("unit_price", "tax", "freight")}),
        ({"order_date": TODAY + DAY}, {("order_date", "DATES_OUT_OF_ORDER")}),
        ({"ship_date": FIRST - DAY}, {("ship_date", "DATES_OUT_OF_ORDER")}),
        ({"ship_date": TODAY + DAY}, {("ship_date", "DATES_OUT_OF_ORDER")}),
        ({"ship_date": FIRST + DAY, "deliver_date": FIRST}, {("deliver_date", "DATES_OUT_OF_ORDER")}),
        ({"deliver_date": FIRST}, {("ship_date", "REQUIRED")}),
        ({"requested_delivery_date": TODAY + 99 * DAY}, set()),
        ({"requested_delivery_date": FIRST - DAY}, {("requested_delivery_date", "DATES_OUT_OF_ORDER")}),
        ({"invoice_number": "R1"}, {("invoice_date", "REQUIRED")}),
        ({"invoice_date": FIRST}, {("invoice_number", "REQUIRED")}),
        ({"paid_date": FIRST}, {("invoice_number", "REQUIRED")}),
        ({"invoice_number": "R1", "invoice_date": FIRST, "invoice_due_date": TODAY + 99 * DAY}, set()),
        (
            {"invoice_number": "R1", "invoice_date": FIRST + DAY, "invoice_due_date": FIRST, "paid_date": FIRST},
            {("invoice_due_date", "DATES_OUT_OF_ORDER"), ("paid_date", "DATES_OUT_OF_ORDER")},
        ),
        ({"canceled": True, "ship_date": FIRST}, {("ship_date", "CANCELED")}),
        ({"amends_external_id": "SO0"}, {("amends_external_id", "NOT_FOR_ORDER")}),
        (
            {"fx_rate": FxRate(from_currency="USD", to_currency="EUR", rate="1", date=FIRST, source="ecb")},
            {("fx_rate.from_currency", "CURRENCY_MISMATCH")},
        ),
        ({"fx_rate": FxRate(from_currency="EUR", to_currency="DEM", rate="1.95583", date=FIRST, source="ecb")}, set()),
        (
            {"fx_rate": FxRate(from_currency="EUR", to_currency="EUR", rate="0", date=TODAY + DAY, source="ecb")},
            {
                ("fx_rate.to_currency", "SAME_CURRENCY"),
                ("fx_rate.rate", "BAD_RATE"),
                ("fx_rate.date", "IN_THE_FUTURE"),
            },
        ),
        ({"document": ImportDocument.CREDIT_NOTE}, set()),
        (
            {"document": ImportDocument.CREDIT_NOTE, "external_id": "C:1", "ship_date": FIRST, "canceled": True},
            {
                ("ship_date", "NOT_FOR_CREDIT_NOTE"),
                ("canceled", "NOT_FOR_CREDIT_NOTE"),
                ("invoice_number", "REQUIRED"),
            },
        ),
    ],
)
def test_everything_that_cannot_be_true_is_named(fields: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert wrong(a_row(**fields)) == expected


@pytest.mark.parametrize(
    ("amount", "accepted"), [("6074.982", True), ("6074.992", True), ("6074.972", True), ("6074.9921", False)]
)
def test_an_amount_may_be_a_hundredth_off_its_arithmetic(amount: str, accepted: bool) -> None:
    line = HistoricLine(kind=LineKind.PRODUCT, sku="BK-1", quantity=3, unit_price=eur("2024.994"), amount=eur(amount))
    assert wrong(a_row(line)) == (set() if accepted else {("lines[0].amount", "AMOUNT_MISMATCH")})


def test_a_discount_above_the_price_and_a_sum_beyond_all_bounds_are_wrong() -> None:
    over = HistoricLine(kind=LineKind.PRODUCT, sku="A", quantity=1, unit_price=eur("1"), discount=eur("1.0001"))
    vast = HistoricLine(kind=LineKind.PRODUCT, sku="A", quantity=10**9, unit_price=eur("1000000"))
    assert wrong(a_row(over)) == {("lines[0].discount", "AMOUNT_MISMATCH")}
    assert wrong(a_row(vast)) == {("lines", "OUT_OF_RANGE")}


def test_a_price_has_no_part_of_what_its_currency_does_not_divide_but_a_share_may() -> None:
    half = Money.of("0.5", "JPY")
    line = HistoricLine(
        kind=LineKind.PRODUCT, sku="A", quantity=2, unit_price=half, discount=half, amount=half, tax=half, freight=half
    )
    assert wrong(a_row(line, currency="JPY")) == {
        ("lines[0].unit_price", "BAD_AMOUNT"),
        ("lines[0].discount", "BAD_AMOUNT"),
        ("lines[0].amount", "BAD_AMOUNT"),
    }


def test_an_invoice_of_dinars_has_its_paras() -> None:
    line = HistoricLine(kind=LineKind.PRODUCT, sku="A", quantity=1, unit_price=Money.of("99.40", "RSD"))
    row = a_row(line, currency="RSD", invoice_number="R1", invoice_date=FIRST)
    assert wrong(row) == set()
    whole = migrate_order(row, ids=IDS, partner_id=an_id("ptn"), terms_days=30, today=TODAY, now=NOW)
    assert whole.invoice is not None
    assert whole.invoice.payable == Money.of("99.40", "RSD")


def test_a_row_without_dates_is_an_order_that_stands() -> None:
    order = migrated().order
    assert (order.state, order.fulfillment, order.billing) == (
        OrderState.CONFIRMED,
        FulfillmentState.NOT_SHIPPED,
        BillingState.NOT_INVOICED,
    )
    assert order.not_invoiced == order.totals.total == eur("6712.8552")


def test_what_the_dates_say_has_happened() -> None:
    invoice = {"invoice_number": "R1", "invoice_date": FIRST + 7 * DAY}
    sent = {"ship_date": FIRST + 7 * DAY, "deliver_date": FIRST + 9 * DAY, "tracking_number": "T-1"}
    whole = migrated(**sent, **invoice, paid_date=FIRST + 30 * DAY)
    assert (whole.order.state, whole.order.not_invoiced) == (OrderState.COMPLETED, eur("0"))
    assert whole.shipment is not None
    assert (whole.shipment.ship_date, whole.shipment.deliver_date) == (FIRST + 7 * DAY, FIRST + 9 * DAY)
    assert whole.invoice is not None
    assert (whole.invoice.state, whole.invoice.number, whole.invoice.payable) == (
        InvoiceState.PAID,
        "R1",
        eur("6712.86"),
    )
    assert whole.payment is not None
    assert (whole.payment.amount, whole.payment.value_date) == (eur("6712.86"), FIRST + 30 * DAY)
    late = migrated(**invoice)
    assert (late.order.state, late.order.payment) == (OrderState.IN_FULFILLMENT, PaymentState.UNPAID)
    assert late.invoice is not None
    assert (late.invoice.due_date, late.invoice.overdue, late.invoice.watch_due) == (FIRST + 37 * DAY, True, None)
    sent_only = migrated(ship_date=FIRST)
    assert (sent_only.order.to_invoice, sent_only.invoice) == ((an_id("shp"),), None)


def test_a_canceled_order_owes_nothing() -> None:
    order = migrated(canceled=True).order
    assert (order.state, order.not_invoiced) == (OrderState.CANCELED, Money.zero("EUR"))
