"""An order is shown with everything that followed from it, and nothing is asked about one from which nothing can."""

from typing import Any

import pytest

from libs.store.port import D, Page, Query, Store
from services.orders.billing.documents import CREDIT_NOTES
from services.orders.migration.domain.history import HistoricDocument, HistoricLine, ImportDocument
from services.orders.migration.usecases import ImportDocumentRow, import_document
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.overview.usecases import GetOrder, OrderOverview, get_order
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import MAY_CANCEL, MAY_HAVE_FOLLOWERS, MAY_UPDATE, LineKind, OrderState
from tests.component.orders.harness import PARTNER, TODAY, Harness, eur, goods
from tests.store_faults import Wrapper

BICYCLE = HistoricLine(kind=LineKind.PRODUCT, sku="BK-1", quantity=1, unit_price=eur("100"))


class CountingFinds(Wrapper):
    """Remembers about which kinds it was asked for many rows."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.asked: list[str] = []

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        self.asked.append(query.kind.name)
        return await self.inner.find(query)


async def shown(harness: Harness, id: str) -> tuple[OrderOverview, int]:
    """The overview, and how many questions it took after the order itself was read."""
    counted = CountingFinds(harness.env.store)
    harness.env.store = counted
    story = await harness.look(get_order, GetOrder, id=id)
    harness.env.store = counted.inner
    return story, len(counted.asked)


async def in_state(harness: Harness, state: OrderState) -> Order:
    """An order made here that is in this state, with as little as it takes."""
    match state:
        case OrderState.DRAFT:
            return await harness.draft()
        case OrderState.HELD:
            return await harness.submit(await harness.draft(goods(price="100000")))
        case OrderState.CANCELED:
            return await harness.cancel(await harness.confirmed())
        case _:
            return await harness.confirmed()


async def imported(harness: Harness, document: ImportDocument, external_id: str, **fields: Any) -> str:
    """The id of what a row became."""
    row = HistoricDocument(
        external_source="aw",
        external_id=external_id,
        document=document,
        partner_id=PARTNER,
        currency="EUR",
        order_date=TODAY,
        ship_to_country="DE",
        lines=(BICYCLE,),
        row_hash=external_id,
        **fields,
    )
    return (await harness.run(import_document, ImportDocumentRow, row=row)).id


@pytest.mark.parametrize("state", [OrderState.DRAFT, OrderState.HELD, OrderState.CONFIRMED, OrderState.CANCELED])
async def test_an_order_of_which_nothing_left_is_shown_without_further_questions(
    harness: Harness, state: OrderState
) -> None:
    order = await in_state(harness, state)
    assert order.state is state
    story, asked = await shown(harness, order.id)
    assert (story.order, story.shipments, story.invoices, asked) == (order, (), (), 0)


async def test_an_order_is_shown_with_all_that_followed(harness: Harness) -> None:
    order = await harness.confirmed()
    shipment = await harness.ship(order)
    story, asked = await shown(harness, order.id)
    assert (len(story.shipments), asked) == (1, 6)
    await harness.deliver(shipment)
    invoice = await harness.invoice(order)
    await harness.credit(invoice)
    rma = await harness.authorize(order, 1)
    story, asked = await shown(harness, order.id)
    assert (story.order.state, asked) == (OrderState.COMPLETED, 6)
    followers = (story.shipments, story.invoices, story.credit_notes, story.payments, story.returns)
    assert ([len(one) for one in followers], story.returns) == ([1, 1, 1, 0, 1], (rma,))


async def test_an_order_of_charges_alone_is_shown_with_its_invoice(harness: Harness) -> None:
    postage = OrderLineDraft(kind=LineKind.CHARGE, sku="POST", quantity=1, unit_price=eur("7.50"))
    order = await harness.confirmed(postage)
    invoice = await harness.invoice(order)
    story, _ = await shown(harness, order.id)
    assert [one.id for one in story.invoices] == [invoice.id]


@pytest.mark.parametrize("fields", [{}, {"canceled": True}, {"ship_date": TODAY}], ids=str)
async def test_an_imported_order_is_shown_with_the_credit_notes_that_amend_it(
    harness: Harness, fields: dict[str, Any]
) -> None:
    order = await imported(harness, ImportDocument.ORDER, "SO1", **fields)
    note = await imported(harness, ImportDocument.CREDIT_NOTE, "C1", amends_external_id="SO1")
    story, _ = await shown(harness, order)
    assert story.credit_notes == (await harness.value(CREDIT_NOTES, note),)


def test_an_order_that_something_followed_stays_one() -> None:
    assert not MAY_HAVE_FOLLOWERS & (MAY_CANCEL | MAY_UPDATE)
