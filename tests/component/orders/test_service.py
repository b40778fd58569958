"""The service as others meet it: through gRPC on a port, fed by the events of its peers, heard on the bus."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.clock import SteppedClock
from libs.config import Settings
from libs.messaging.envelope import Envelope
from libs.pb.prm.common.v1 import import_pb2, person_pb2
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import RunningCell, running
from services.orders.service import COMPOSITION, build
from tests.brokers import sent
from tests.builders import NOW, an_id

SERVICE = "prm.orders.v1.OrderService"
PARTNER = an_id("ptn")
TODAY = Date(year=2026, month=3, day=2)
PRODUCT = orders_pb.LINE_KIND_PRODUCT
POLICY = {"PRM_ORDERS_CREDIT_ALONE_UP_TO": '{"EUR": 10000}'}


class Shop:
    """A caller with a client that was made from the protos, beside peers that tell of a partner."""

    def __init__(self, cell: RunningCell, client: Client, clock: SteppedClock) -> None:
        self.cell = cell
        self.client = client
        self.clock = clock

    async def call(self, method: str, request: Any) -> Any:
        """The answer of a unary method."""
        return await self.client.call(f"{SERVICE}/{method}", request)

    async def refused(self, method: str, request: Any) -> CallFailed:
        """Why a method refuses."""
        with pytest.raises(CallFailed) as failed:
            await self.call(method, request)
        return failed.value

    async def hear(self, event: Any, subject: str, about: str) -> None:
        """A peer's event arrives and has its effect."""
        envelope = Envelope(
            id=f"{subject}:{about}",
            type=event.DESCRIPTOR.full_name,
            source=f"prm/local/{subject.partition('.')[0]}",
            about=about,
            version=1,
            subject=f"prm.local.{subject}",
            time=NOW,
            body=event.SerializeToString(),
        )
        await sent(self.cell, envelope)
        await self.cell.settled(within_seconds=20)

    async def draft(self, **fields: Any) -> orders_pb.Order:
        """A draft of ten routers at 100.00 with VAT."""
        line = orders_pb.OrderLineDraft(
            kind=PRODUCT, sku="RTR-1", quantity=10, unit_price=eur(100), tax_basis_points=1900
        )
        content = {"partner_id": PARTNER, "currency": "EUR", "ship_to_country": "DE", "lines": [line], **fields}
        answer = await self.call("CreateOrder", orders_pb.CreateOrderRequest(**content))
        order: orders_pb.Order = answer.order
        return order

    async def confirmed(self) -> orders_pb.Order:
        """An order that stands."""
        terms = orders_pb.SetCreditTermsRequest(partner_id=PARTNER, limit=eur(10_000), terms_days=14)
        await self.call("SetCreditTerms", terms)
        answer = await self.call("SubmitOrder", orders_pb.SubmitOrderRequest(id=(await self.draft()).id))
        order: orders_pb.Order = answer.order
        return order

    async def ship(self, order: orders_pb.Order, pieces: int, *serials: str, **fields: Any) -> orders_pb.Shipment:
        """Send pieces."""
        line = orders_pb.ShipmentLine(line_number=1, quantity=pieces, serials=serials)
        request = orders_pb.RecordShipmentRequest(order_id=order.id, lines=[line], ship_date=TODAY, **fields)
        answer = await self.call("RecordShipment", request)
        shipment: orders_pb.Shipment = answer.shipment
        return shipment

    async def send(self, *batches: Sequence[Any]) -> list[list[import_pb2.ImportResult]]:
        """The results of an import, batch by batch."""

        async def requests() -> AsyncIterator[orders_pb.ImportOrdersRequest]:
            for rows in batches:
                yield orders_pb.ImportOrdersRequest(rows=rows)

        answers = self.client.converse(f"{SERVICE}/ImportOrders", requests())
        return [list(answer.results) async for answer in answers]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    clock = SteppedClock(NOW)
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with (
        running({COMPOSITION.name: build}, settings, clock=clock, environ=POLICY, sweep=False) as cell,
        cell.client() as client,
    ):
        await client.ready(SERVICE)
        found = Shop(cell, client, clock)
        facts = partners_pb.PartnerFacts(status=partners_pb.PARTNER_STATUS_ACTIVE, country="DE", tier="GOLD")
        approved = partners_pb.PartnerApproved(partner_id=PARTNER, facts=facts)
        await found.hear(approved, "partners.partner.approved", PARTNER)
        yield found


def eur(units: int, nanos: int = 0) -> Money:
    """Euros."""
    return Money(currency_code="EUR", units=units, nanos=nanos)


def a_row(external_id: str, **fields: Any) -> orders_pb.ImportOrderRow:
    """An order placed in 2011."""
    line = orders_pb.ImportOrderLine(kind=PRODUCT, sku="BK-1", quantity=3, unit_price=eur(1, 100_000))
    content = {
        "document": orders_pb.IMPORT_DOCUMENT_ORDER,
        "partner_id": PARTNER,
        "currency": "EUR",
        "order_date": Date(year=2011, month=5, day=31),
        "ship_to_country": "DE",
        "lines": [line],
        **fields,
    }
    return orders_pb.ImportOrderRow(external_source="aw", external_id=external_id, **content)


async def test_an_order_lives_through_its_whole_life_over_the_wire(shop: Shop) -> None:
    order = await shop.confirmed()
    assert (order.state, order.etag, order.totals.total) == (orders_pb.ORDER_STATE_CONFIRMED, "2", eur(1190))
    first, second = await shop.ship(order, 4, "A", "B", "C", "D"), await shop.ship(order, 6)
    for shipment in (first, second):
        await shop.call("RecordDelivery", orders_pb.RecordDeliveryRequest(id=shipment.id, deliver_date=TODAY))
    issued = await shop.call("IssueInvoice", orders_pb.IssueInvoiceRequest(order_id=order.id, shipment_ids=[first.id]))
    assert (issued.invoice.payable, issued.invoice.due_date) == (eur(476), Date(year=2026, month=3, day=16))
    paid = await shop.call(
        "RecordPayment",
        orders_pb.RecordPaymentRequest(invoice_id=issued.invoice.id, amount=eur(476), value_date=TODAY),
    )
    rest = await shop.call("IssueInvoice", orders_pb.IssueInvoiceRequest(order_id=order.id))
    line = orders_pb.ReturnLineDraft(line_number=1, quantity=2)
    rma = await shop.call(
        "AuthorizeReturn",
        orders_pb.AuthorizeReturnRequest(
            order_id=order.id,
            lines=[line],
            reason=orders_pb.RETURN_REASON_DEFECTIVE,
            resolution=orders_pb.RETURN_RESOLUTION_REFUND,
        ),
    )
    await shop.call(
        "ReceiveReturn", orders_pb.ReceiveReturnRequest(id=rma.returned.id, lines=[line], receive_date=TODAY)
    )
    accepted = orders_pb.AcceptedLine(line_number=1, quantity=1)
    await shop.call("InspectReturn", orders_pb.InspectReturnRequest(id=rma.returned.id, lines=[accepted]))
    note = await shop.call(
        "IssueCreditNote",
        orders_pb.IssueCreditNoteRequest(
            invoice_id=rest.invoice.id, return_id=rma.returned.id, reason=orders_pb.CREDIT_NOTE_REASON_RETURN
        ),
    )
    assert note.credit_note.payable == eur(119)
    story = await shop.call("GetOrder", orders_pb.GetOrderRequest(id=order.id))
    assert [shipment.id for shipment in story.shipments] == [first.id, second.id]
    assert [invoice.number for invoice in story.invoices] == ["local-2026-000001", "local-2026-000002"]
    assert story.invoices[1].open == eur(595)
    assert list(story.credit_notes) == [note.credit_note]
    assert list(story.payments) == [paid.payment]
    assert [one.state for one in story.returns] == [orders_pb.RETURN_STATE_REFUNDED]
    assert story.order.lines[0].returned_quantity == 1


async def test_the_clock_tells_what_is_late_and_aging_shows_it(shop: Shop) -> None:
    order = await shop.confirmed()
    await shop.ship(order, 10)
    issued = await shop.call("IssueInvoice", orders_pb.IssueInvoiceRequest(order_id=order.id))
    shop.clock.advance(timedelta(days=40))
    moved = await shop.cell.run_jobs()
    assert (moved["orders__fall_overdue"], moved["orders__dun"]) == (1, 1)
    story = await shop.call("GetOrder", orders_pb.GetOrderRequest(id=order.id))
    late = story.invoices[0]
    assert (late.id, late.overdue, late.dunning_level) == (issued.invoice.id, True, 1)
    assert late.dunning_time.ToDatetime(UTC) == shop.clock.now()
    nothing = eur(0)
    row = orders_pb.AgingRow(
        currency="EUR",
        current=nothing,
        days_1_to_30=eur(1190),
        days_31_to_60=nothing,
        days_61_to_90=nothing,
        days_over_90=nothing,
        total=eur(1190),
        invoice_count=1,
        dunning=[orders_pb.DunningRow(dunning_level=1, open=eur(1190), invoice_count=1)],
        open_credits=nothing,
        balance=eur(1190),
    )
    aged = await shop.call("GetAging", orders_pb.GetAgingRequest(partner_id=PARTNER))
    assert aged == orders_pb.GetAgingResponse(rows=[row], as_of=Date(year=2026, month=4, day=11))
    account = await shop.call("GetCreditAccount", orders_pb.GetCreditAccountRequest(partner_id=PARTNER, currency="EUR"))
    assert (account.credit_account.exposure, account.credit_account.available) == (eur(1190), eur(8810))


async def test_the_dunning_of_an_invoice_is_blocked_and_goes_on(shop: Shop) -> None:
    order = await shop.confirmed()
    await shop.ship(order, 10)
    invoice = (await shop.call("IssueInvoice", orders_pb.IssueInvoiceRequest(order_id=order.id))).invoice
    shop.clock.advance(timedelta(days=40))
    until = Date(year=2026, month=4, day=30)
    wanted = {"invoice_id": invoice.id, "reason": orders_pb.DUNNING_BLOCK_REASON_DISPUTED, "until": until}
    set_block = orders_pb.SetDunningBlockRequest(**wanted, etag=invoice.etag, request_id="d-1")
    blocked = (await shop.call("SetDunningBlock", set_block)).invoice
    assert blocked.dunning_block == orders_pb.DunningBlock(reason=wanted["reason"], until=until)
    assert (await shop.call("SetDunningBlock", set_block)).invoice == blocked
    moved = await shop.cell.run_jobs()
    assert (moved["orders__fall_overdue"], moved["orders__dun"]) == (1, 0)
    lift = orders_pb.LiftDunningBlockRequest(invoice_id=invoice.id)
    assert not (await shop.call("LiftDunningBlock", lift)).invoice.HasField("dunning_block")
    assert (await shop.cell.run_jobs())["orders__dun"] == 1
    twice = await shop.refused("LiftDunningBlock", lift)
    assert (twice.code, twice.reason) == ("FAILED_PRECONDITION", "DUNNING_NOT_BLOCKED")
    wanted["reason"] = orders_pb.DUNNING_BLOCK_REASON_IMPORTED
    wrong = await shop.refused("SetDunningBlock", orders_pb.SetDunningBlockRequest(**wanted))
    assert (wrong.code, [one.field for one in wrong.violations]) == ("INVALID_ARGUMENT", ["reason"])


async def test_a_request_is_answered_once_and_a_stale_one_refused(shop: Shop) -> None:
    order = await shop.draft(request_id="r-1")
    assert await shop.draft(request_id="r-1") == order
    reused = await shop.refused(
        "CreateOrder",
        orders_pb.CreateOrderRequest(request_id="r-1", partner_id=PARTNER, currency="EUR", ship_to_country="FR"),
    )
    assert (reused.code, reused.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")
    mask = FieldMask(paths=["territory", "ship_to_contact"])
    person = person_pb2.Person(name="王小明")
    changed = await shop.call(
        "UpdateOrder",
        orders_pb.UpdateOrderRequest(
            id=order.id, etag="1", update_mask=mask, territory="NORTH", ship_to_contact=person, ship_to_country="FR"
        ),
    )
    assert (changed.order.territory, changed.order.ship_to_country, changed.order.etag) == ("NORTH", "DE", "2")
    stale = await shop.refused("SubmitOrder", orders_pb.SubmitOrderRequest(id=order.id, etag="1"))
    assert (stale.code, stale.reason, stale.metadata["etag"]) == ("ABORTED", "ETAG_MISMATCH", "2")
    foreign = await shop.refused(
        "UpdateOrder", orders_pb.UpdateOrderRequest(id=order.id, update_mask=FieldMask(paths=["state"]))
    )
    assert (foreign.code, [one.field for one in foreign.violations]) == ("INVALID_ARGUMENT", ["update_mask"])


async def test_refusals_say_what_was_wrong(shop: Shop) -> None:
    order = await shop.draft()
    early = await shop.refused("IssueInvoice", orders_pb.IssueInvoiceRequest(order_id=order.id))
    assert (early.code, early.reason, early.metadata["state"]) == ("FAILED_PRECONDITION", "WRONG_STATE", "DRAFT")
    unknown = await shop.refused("GetOrder", orders_pb.GetOrderRequest(id=an_id("ord", 9)))
    assert (unknown.code, unknown.reason) == ("NOT_FOUND", "NOT_FOUND")
    elsewhere = await shop.refused("GetOrder", orders_pb.GetOrderRequest(id=an_id("ord", 9, cell="cn")))
    assert (elsewhere.code, elsewhere.reason, elsewhere.metadata["cell"]) == ("FAILED_PRECONDITION", "WRONG_CELL", "cn")
    line = orders_pb.OrderLineDraft(kind=PRODUCT, sku=" ", quantity=0, unit_price=eur(-1))
    wrong = await shop.refused(
        "CreateOrder",
        orders_pb.CreateOrderRequest(partner_id="x", currency="eur", ship_to_country="DE", lines=[line]),
    )
    assert sorted(one.field for one in wrong.violations) == [
        "currency",
        "lines[0].quantity",
        "lines[0].sku",
        "lines[0].unit_price",
        "partner_id",
    ]


async def test_a_page_token_belongs_to_its_listing(shop: Shop) -> None:
    made = [await shop.draft() for _ in range(5)]
    first = await shop.call("ListOrders", orders_pb.ListOrdersRequest(page_size=2, partner_id=PARTNER))
    rest = await shop.call(
        "ListOrders", orders_pb.ListOrdersRequest(page_size=9, partner_id=PARTNER, page_token=first.next_page_token)
    )
    assert [one.id for one in (*first.orders, *rest.orders)] == sorted(one.id for one in made)
    foreign = await shop.refused(
        "ListOrders", orders_pb.ListOrdersRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [one.reason for one in foreign.violations] == ["FOREIGN_PAGE_TOKEN"]
    lost = await shop.refused("ListOrders", orders_pb.ListOrdersRequest(external_id="SO1"))
    assert [one.field for one in lost.violations] == ["external_source"]


async def test_a_price_list_is_put_found_and_used(shop: Shop) -> None:
    item = orders_pb.PriceListItem(sku="RTR-1", unit_price=eur(80))
    request = orders_pb.PutPriceListRequest(code="dealer", currency="EUR", valid_from=TODAY, items=[item])
    put = await shop.call("PutPriceList", request)
    again = await shop.call("PutPriceList", orders_pb.PutPriceListRequest(**_fields(request), tiers=["GOLD"]))
    assert (put.price_list.revision, again.price_list.revision) == (1, 2)
    found = await shop.call("GetPriceList", orders_pb.GetPriceListRequest(code="dealer", revision=1))
    assert found.price_list == put.price_list
    order = await shop.draft(lines=[orders_pb.OrderLineDraft(kind=PRODUCT, sku="RTR-1", quantity=2)])
    assert (order.totals.total, order.lines[0].price.price_list_revision) == (eur(160), 2)
    mixed = orders_pb.PriceListItem(sku="X", unit_price=Money(currency_code="USD", units=1))
    refused = await shop.refused(
        "PutPriceList", orders_pb.PutPriceListRequest(code="us", currency="EUR", valid_from=TODAY, items=[mixed])
    )
    assert refused.code == "INVALID_ARGUMENT"
    assert [(one.field, one.reason) for one in refused.violations] == [("items[0].unit_price", "CURRENCY_MISMATCH")]


async def test_a_won_deal_becomes_a_draft_order(shop: Shop) -> None:
    line = deals_pb.ConvertedLine(sku="RTR-1", quantity=4, expected_amount=eur(1000))
    converted = deals_pb.RegistrationConverted(
        registration_id=an_id("reg"), partner_id=PARTNER, country="DE", currency="EUR", lines=[line]
    )
    await shop.hear(converted, "deals.registration.converted", an_id("reg"))
    found = await shop.call("ListOrders", orders_pb.ListOrdersRequest(registration_id=an_id("reg")))
    [order] = found.orders
    assert (order.state, order.totals.total) == (orders_pb.ORDER_STATE_DRAFT, eur(1000))


async def test_an_order_names_a_registration_once_deals_has_told_whose_it_is(shop: Shop) -> None:
    wanted = orders_pb.CreateOrderRequest(
        partner_id=PARTNER, registration_id=an_id("reg"), currency="EUR", ship_to_country="DE"
    )
    early = await shop.refused("CreateOrder", wanted)
    assert (early.code, early.reason) == ("NOT_FOUND", "NOT_YET_KNOWN")
    began = deals_pb.RegistrationCreated(registration_id=an_id("reg"), partner_id=PARTNER, country="DE")
    await shop.hear(began, "deals.registration.created", an_id("reg"))
    answer = await shop.call("CreateOrder", wanted)
    assert answer.order.registration_id == an_id("reg")


async def test_rows_are_answered_in_order_each_by_itself(shop: Shop) -> None:
    rows = [
        a_row("SO1", ship_date=Date(year=2011, month=6, day=7)),
        a_row("SO2", ship_to_country="", currency="euro"),
        a_row("SO3", partner_id=an_id("ptn", 9)),
        a_row("SO4", ship_date=Date(year=2010, month=1, day=1), canceled=True),
        a_row("SO5", document=orders_pb.IMPORT_DOCUMENT_CREDIT_NOTE, amends_external_id="SO0"),
        a_row("SO6", order_date=Date(year=2011, month=2, day=31)),
    ]
    [results, again] = await shop.send(rows, rows)
    outcomes = [import_pb2.ImportOutcome.Name(one.outcome).removeprefix("IMPORT_OUTCOME_") for one in results]
    assert outcomes == ["CREATED", "REFUSED", "NOT_YET", "REFUSED", "NOT_YET", "REFUSED"]
    assert [[(one.field, one.reason) for one in result.problems] for result in results[1:]] == [
        [("currency", "STRING_PATTERN"), ("ship_to_country", "STRING_PATTERN")],
        [("", "PARTNER_NOT_YET_KNOWN")],
        [("ship_date", "CANCELED"), ("ship_date", "DATES_OUT_OF_ORDER")],
        [("", "ORDER_NOT_YET_KNOWN")],
        [("order_date", "NOT_A_DATE")],
    ]
    assert (again[0].outcome, again[0].id) == (import_pb2.IMPORT_OUTCOME_UNCHANGED, results[0].id)
    story = await shop.call("GetOrder", orders_pb.GetOrderRequest(id=results[0].id))
    assert story.order.totals.total == eur(3, 300_000)
    assert story.order.state == orders_pb.ORDER_STATE_IN_FULFILLMENT


def _fields(message: Any) -> dict[str, Any]:
    return {field.name: value for field, value in message.ListFields()}
