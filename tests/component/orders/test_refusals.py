"""What is wrong with a call is said at once and whole; a day, a rate or a currency that cannot be is refused, live or
imported."""

from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from libs.person import Person
from services.orders.billing.usecases.payments import RecordPayment, record_payment
from services.orders.ordering.domain.drafting import OrderChanges, OrderLineDraft
from services.orders.ordering.usecases.drafting import CreateOrder, UpdateOrder, create_order, update_order
from services.orders.pricing.domain import PriceListItem
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.goods import ShipmentLine
from services.orders.record.domain.order import FxRate
from services.orders.record.domain.states import LineKind
from services.orders.returns.domain.rma import ReturnLineDraft
from services.orders.returns.domain.states import ReturnState
from services.orders.returns.usecases import ReceiveReturn, receive_return
from services.orders.shipping.usecases import RecordShipment, record_shipment
from tests.component.orders.harness import TODAY, Harness, eur, goods

DAY = timedelta(days=1)
TOMORROW, LATER = TODAY + DAY, date(2999, 1, 1)
RATE = FxRate(from_currency="EUR", to_currency="USD", rate="1.0842", date=TODAY, source="ecb")


async def wrong(call: Awaitable[Any]) -> set[tuple[str, str]]:
    """Field and reason of everything that is refused."""
    with pytest.raises(InvalidInput) as refused:
        await call
    return {(one.field, one.reason) for one in refused.value.violations}


def priced(price: Money) -> OrderLineDraft:
    """One piece."""
    return OrderLineDraft(kind=LineKind.PRODUCT, sku="A", quantity=1, unit_price=price)


async def update(harness: Harness, id: str, **changes: Any) -> Any:
    """Replace fields of a draft."""
    return await harness.run(update_order, UpdateOrder, id=id, changes=OrderChanges(**changes))


async def test_everything_wrong_with_a_draft_is_named_in_one_answer(harness: Harness) -> None:
    line, freight = priced(Money.of(5, "JPY")), Money.of(1, "USD")
    content: dict[str, Any] = {"freight": freight, "ship_to_country": "ZZ", "requested_delivery_date": TODAY - DAY}
    expected = {
        ("lines[0].unit_price", "CURRENCY_MISMATCH"),
        ("freight", "CURRENCY_MISMATCH"),
        ("ship_to_country", "UNKNOWN_COUNTRY"),
        ("requested_delivery_date", "IN_THE_PAST"),
    }
    assert await wrong(harness.draft(line, **content)) == expected
    draft = await harness.draft()
    assert await wrong(update(harness, draft.id, lines=(line,), **content)) == expected


@pytest.mark.parametrize("currency", ["ZZZ", "XXX", "DEM"])
async def test_what_nobody_can_pay_in_today_is_no_currency_of_a_new_document(harness: Harness, currency: str) -> None:
    empty = harness.run(create_order, CreateOrder, partner_id="ptn", currency=currency, ship_to_country="DE")
    assert await wrong(empty) == {("currency", "UNKNOWN_CURRENCY")}
    item = PriceListItem(sku="A", unit_price=Money.of(1, currency))
    put = harness.run(put_price_list, PutPriceList, code="old", currency=currency, valid_from=TODAY, items=(item,))
    assert await wrong(put) == {("currency", "UNKNOWN_CURRENCY")}


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (replace(RATE, from_currency="GBP"), {("from_currency", "CURRENCY_MISMATCH")}),
        (replace(RATE, to_currency="ZZZ"), {("to_currency", "UNKNOWN_CURRENCY")}),
        (replace(RATE, to_currency="EUR"), {("to_currency", "SAME_CURRENCY")}),
        (replace(RATE, rate="0.000", date=LATER), {("rate", "BAD_RATE"), ("date", "IN_THE_FUTURE")}),
    ],
)
async def test_a_rate_is_one_of_the_document_and_of_a_day_that_has_begun(
    harness: Harness, rate: FxRate, expected: set[tuple[str, str]]
) -> None:
    named = {(f"fx_rate.{field}", reason) for field, reason in expected}
    assert await wrong(harness.draft(fx_rate=rate)) == named
    draft = await harness.draft(fx_rate=RATE)
    assert await wrong(update(harness, draft.id, fx_rate=rate)) == named


async def test_an_update_that_makes_no_difference_is_none(harness: Harness) -> None:
    contact = Person(name="Erika Beispiel", email="erika@example.com")
    draft = await harness.draft(ship_to_contact=contact, territory="EU-1", fx_rate=RATE)
    harness.names()
    harness.days(1)
    assert await update(harness, draft.id) == draft
    same = {"territory": "EU-1", "lines": (goods(),), "fx_rate": RATE, "ship_to_contact": contact}
    assert await update(harness, draft.id, **same) == draft
    assert (await harness.order(draft), harness.names()) == (draft, [])
    changed = await update(harness, draft.id, **{**same, "territory": "EU-2"})
    assert (changed.territory, changed.ship_to_contact, harness.names()) == (
        "EU-2",
        draft.ship_to_contact,
        ["OrderUpdated"],
    )


async def test_goods_leave_on_a_day_from_the_order_on(harness: Harness) -> None:
    order = await harness.confirmed()
    early = harness.ship(order, ship_date=order.order_date - timedelta(days=1))
    assert await wrong(early) == {("ship_date", "DATES_OUT_OF_ORDER")}
    lines = (
        ShipmentLine(line_number=9, quantity=1),
        ShipmentLine(line_number=1, quantity=2, serials=("A",)),
        ShipmentLine(line_number=1, quantity=1),
    )
    request = {"order_id": order.id, "lines": lines, "ship_date": LATER}
    assert await wrong(harness.run(record_shipment, RecordShipment, **request)) == {
        ("ship_date", "IN_THE_FUTURE"),
        ("lines[0].line_number", "UNKNOWN_LINE"),
        ("lines[1].serials", "SERIALS_INCOMPLETE"),
        ("lines[2].line_number", "DUPLICATE_LINE"),
    }


async def test_money_comes_on_a_day_from_the_order_on_and_may_come_before_the_invoice(harness: Harness) -> None:
    order = await harness.confirmed()
    harness.days(2)
    await harness.ship(order)
    invoice = await harness.invoice(order)
    assert await wrong(harness.pay(invoice, "1", value_date=TODAY - DAY)) == {("value_date", "DATES_OUT_OF_ORDER")}
    foreign = {"invoice_id": invoice.id, "amount": Money.of("0.001", "USD"), "value_date": LATER, "external_id": "7"}
    assert await wrong(harness.run(record_payment, RecordPayment, **foreign)) == {
        ("amount", "CURRENCY_MISMATCH"),
        ("amount", "BAD_AMOUNT"),
        ("value_date", "IN_THE_FUTURE"),
        ("external_source", "REQUIRED"),
    }
    assert (await harness.pay(invoice, "1", value_date=TODAY)).amount == eur("1")


async def test_papers_are_of_days_in_order(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.ship(order)
    days = harness.invoice(order, issue_date=LATER, due_date=TODAY)
    assert await wrong(days) == {("issue_date", "IN_THE_FUTURE"), ("due_date", "DATES_OUT_OF_ORDER")}
    invoice = await harness.invoice(order)
    assert await wrong(harness.credit(invoice, issue_date=TODAY - DAY)) == {("issue_date", "DATES_OUT_OF_ORDER")}


async def test_goods_come_back_after_they_left(harness: Harness) -> None:
    order = await harness.confirmed()
    harness.days(2)
    await harness.ship(order, 4)
    rma = await harness.authorize(order, 2)
    unknown = (ReturnLineDraft(line_number=7, quantity=1),)
    receive = {"id": rma.id, "lines": unknown, "receive_date": TOMORROW}
    assert await wrong(harness.run(receive_return, ReceiveReturn, **receive)) == {
        ("receive_date", "DATES_OUT_OF_ORDER"),
        ("lines[0].line_number", "UNKNOWN_LINE"),
    }
    assert (await harness.receive(rma, 2)).state is ReturnState.RECEIVED
