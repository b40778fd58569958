"""Documents of orders are got by id and listed by what a portal asks for, each filter and order by an index."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from libs.errors import InvalidInput, NotFound
from libs.store.port import Kind, Page, Query
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.states import InvoiceState
from services.orders.credit.domain import account_id
from services.orders.lookups import usecases as lookups
from services.orders.ordering.usecases.drafting import ListOrders, list_orders
from services.orders.record.documents import ORDERS, SHIPMENTS
from services.orders.record.domain.states import OrderState
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.states import ReturnState
from tests.builders import a_call_of, an_id
from tests.component.orders.harness import PARTNER, TODAY, Harness
from tests.component.orders.pricing.test_partner_scope import put
from tests.store_faults import Wrapper

OTHER = an_id("ptn", 2)
DAY = timedelta(days=1)


def ids(page: Page[Any]) -> list[str]:
    """Of the rows, in their order."""
    return [loaded.value.id for loaded in page.rows]


async def story(harness: Harness, partner: str = PARTNER) -> dict[str, str]:
    """An order with a document of each kind, and their ids."""
    order = await harness.confirmed(partner=partner, purchase_order_number="PO-1")
    shipment = await harness.ship(order)
    invoice = await harness.invoice(order)
    payment, note = await harness.pay(invoice, "100"), await harness.credit(invoice)
    back = await harness.authorize(order, 1)
    made = (order, shipment, invoice, payment, note, back)
    nouns = ("order", "shipment", "invoice", "payment", "credit_note", "return")
    return {noun: one.id for noun, one in zip(nouns, made, strict=True)}


async def test_each_document_is_got_by_its_id_by_those_who_may_see_it(harness: Harness) -> None:
    made = await story(harness)
    for noun, use_case in (
        ("invoice", lookups.get_invoice),
        ("payment", lookups.get_payment),
        ("credit_note", lookups.get_credit_note),
        ("shipment", lookups.get_shipment),
        ("return", lookups.get_return),
    ):
        for partner in ("", PARTNER):
            found: Any = await use_case(harness.env, lookups.GetDocument(call=a_call_of(partner), id=made[noun]))
            assert found.id == made[noun]
        with pytest.raises(NotFound):
            await use_case(harness.env, lookups.GetDocument(call=a_call_of(OTHER), id=made[noun]))


async def test_filters_find_what_agrees_with_all_of_them(harness: Harness) -> None:
    await harness.partner(id=OTHER)
    mine, theirs = await story(harness), await story(harness, OTHER)
    invoice = await harness.value(INVOICES, theirs["invoice"])
    asked: tuple[tuple[Any, Any, str, dict[str, Any]], ...] = (
        (lookups.list_invoices, lookups.ListInvoices, "invoice", {"order_id": theirs["order"]}),
        (lookups.list_invoices, lookups.ListInvoices, "invoice", {"number": invoice.number, "state": invoice.state}),
        (lookups.list_invoices, lookups.ListInvoices, "invoice", {"partner_id": OTHER, "due_date_from": TODAY}),
        (lookups.list_payments, lookups.ListPayments, "payment", {"invoice_id": theirs["invoice"]}),
        (lookups.list_payments, lookups.ListPayments, "payment", {"partner_id": OTHER, "value_date_from": TODAY}),
        (lookups.list_credit_notes, lookups.ListCreditNotes, "credit_note", {"order_id": theirs["order"]}),
        (lookups.list_shipments, lookups.ListShipments, "shipment", {"partner_id": OTHER, "ship_date_from": TODAY}),
        (lookups.list_returns, lookups.ListReturns, "return", {"partner_id": OTHER, "state": ReturnState.AUTHORIZED}),
        (list_orders, ListOrders, "order", {"purchase_order_number": "PO-1", "partner_id": OTHER}),
    )
    for uses, command, noun, filters in asked:
        page = await harness.look(uses, command, include_total_size=True, **filters)
        assert (ids(page), page.total, page.total_is_lower_bound) == ([theirs[noun]], 1, False), filters
        own = await uses(harness.env, command(call=a_call_of(PARTNER), **{**filters, "partner_id": ""}))
        assert set(ids(own)) <= {mine[noun]}, filters
        with pytest.raises(NotFound):
            await uses(harness.env, command(call=a_call_of(PARTNER), **{**filters, "partner_id": OTHER}))


async def test_what_changed_since_comes_in_the_order_of_change(harness: Harness) -> None:
    made = [await harness.draft() for _ in range(3)]
    harness.clock.advance(DAY)
    since = harness.clock.now()
    second = await harness.submit(made[1])
    harness.clock.advance(DAY)
    first = await harness.submit(made[0])
    assert ids(await harness.look(list_orders, ListOrders, updated_since=since)) == [second.id, first.id]
    newest = await harness.look(list_orders, ListOrders, order_by="update_time desc", page_size=2)
    assert ids(newest) == [first.id, second.id]
    rest = await harness.look(
        list_orders, ListOrders, order_by="update_time desc", page_size=2, page_token=newest.next_cursor
    )
    assert ids(rest) == [made[2].id]
    before = await harness.look(list_orders, ListOrders, updated_since=since, updated_before=first.update_time)
    assert ids(before) == [second.id]
    assert ids(await harness.look(list_orders, ListOrders, order_by="id desc")) == [one.id for one in reversed(made)]


async def test_a_state_is_sifted_in_the_order_of_change(harness: Harness) -> None:
    await harness.partner(id=OTHER)
    made = [await harness.draft(partner=partner) for partner in (PARTNER, OTHER, PARTNER, PARTNER)]
    harness.clock.advance(DAY)
    held = [await harness.submit(made[place]) for place in (3, 1, 0)]
    asked = {"state": OrderState.HELD, "order_by": "update_time", "page_size": 1, "include_total_size": True}
    for filters, wanted in (({}, held), ({"partner_id": PARTNER}, [held[0], held[2]])):
        page = await harness.look(list_orders, ListOrders, **asked, **filters)
        found, total = ids(page), page.total
        while page.next_cursor:
            page = await harness.look(list_orders, ListOrders, **asked, **filters, page_token=page.next_cursor)
            found += ids(page)
        assert sorted(found) == sorted(one.id for one in wanted)
        assert total == len(wanted)


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        ({"order_by": "id", "order_date_from": TODAY}, {"order_date_from": "RANGE_OF_ANOTHER_ORDER"}),
        ({"order_date_from": TODAY, "order_date_before": TODAY - DAY}, {"order_date_before": "DATES_OUT_OF_ORDER"}),
    ],
)
async def test_a_range_is_of_the_field_that_orders(
    harness: Harness, asked: dict[str, Any], reasons: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await harness.look(list_orders, ListOrders, **asked)
    assert {one.field: one.reason for one in refused.value.violations} == reasons


async def test_price_lists_are_those_of_the_tier(harness: Harness) -> None:
    await harness.partner(id=OTHER, tier="")
    made = [await put(harness, "all"), await put(harness, "gold", "GOLD"), await put(harness, "silver", "SILVER")]
    for partner, wanted in (("", made), (PARTNER, made[:2]), (OTHER, made[:1])):
        command = lookups.ListPriceLists(call=a_call_of(partner), currency="EUR", include_total_size=True)
        page = await lookups.list_price_lists(harness.env, command)
        assert (ids(page), page.total) == ([one.id for one in wanted], len(wanted))


async def test_accounts_are_those_with_terms(harness: Harness) -> None:
    await harness.partner(id=OTHER)
    await harness.terms(partner=OTHER)
    await harness.submit(await harness.draft())  # has an account from then on
    for filters in ({}, {"partner_id": OTHER}, {"currency": "EUR"}, {"currency": "EUR", "partner_id": OTHER}):
        page = await harness.look(lookups.list_credit_accounts, lookups.ListCreditAccounts, **filters)
        assert ids(page) == [account_id(OTHER, "EUR")]


class Watching(Wrapper):
    """Remembers what was asked of the store."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.asked: list[Query[Any]] = []

    async def find(self, query: Query[Any]) -> Page[Any]:
        """See Store."""
        self.asked.append(query)
        return await self.inner.find(query)


_STATES: dict[str, Any] = {"order": OrderState.HELD, "invoice": InvoiceState.ISSUED, "return": ReturnState.RECEIVED}
_SIFTED = {(kind.name, "update_time", "state") for kind in (ORDERS, INVOICES)}  # an index would cost every write
_ORDERS: tuple[tuple[Kind[Any], tuple[str, ...]], ...] = (
    (ORDERS, ("", "update_time")),
    (INVOICES, ("", "update_time")),
    (RETURNS, ("", "update_time")),
    (PAYMENTS, ("", "update_time", "value_date")),
    (CREDIT_NOTES, ("", "update_time", "issue_date")),
    (SHIPMENTS, ("", "update_time", "ship_date")),
)


@pytest.mark.parametrize(("kind", "orders"), _ORDERS, ids=lambda one: getattr(one, "name", ""))
async def test_an_index_serves_partner_and_state_in_every_order(
    harness: Harness, kind: Kind[Any], orders: tuple[str, ...]
) -> None:
    """No row is read that the answer does not have, whichever of these a list is asked for; but the state is sifted
    among the orders and invoices by time of change."""
    watching = Watching(harness.env.store)
    harness.env.store = watching
    values = {"partner_id": PARTNER} | ({"state": _STATES[kind.name]} if kind.name in _STATES else {})
    for order in orders:
        for some in (some for count in range(len(values) + 1) for some in combinations(values, count)):
            filters = {name: values[name] for name in some}
            await harness.env.listing(kind, filters, call=a_call_of(""), order=order)
            served = {name for name in some if (kind.name, order, name) not in _SIFTED}
            assert watching.asked[-1].equals == {name: values[name] for name in served}
    harness.env.store = watching.inner
