"""`--update` on a running cell: registrations, orders and tickets take what their services let change, say so field by
field, and the same files again change nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from libs.pb.prm.deals import v1 as deals
from libs.pb.prm.orders import v1 as orders
from libs.rpc.client import Client
from services.imports.mapping import MappingFile
from services.imports.notes import Fate
from services.imports.run import Run
from tests.component.imports.test_differing_fields import TICKETS, client
from tests.unit.imports.samples import DEALS, ORDERS, Heard, mapping, said, write

__all__ = ["client"]

# Empty cells are values that the row does not have.
_OF = {
    "external_source": {"constant": "erp"},
    "external_id": "id",
    "partner_external_source": {"constant": "erp"},
    "partner_external_id": {"constant": "R-1"},
}


def _skipping(*columns: str) -> dict[str, object]:
    return {column: {"column": column, "empty": "skip"} for column in columns}


_ORDERS = mapping(
    {
        **_OF,
        "document": {"constant": "ORDER"},
        "currency": {"constant": "EUR"},
        "order_date": {"constant": "2020-02-03"},
        "ship_to_country": {"constant": "DE"},
        **_skipping("territory", "ship_date", "deliver_date", "tracking_number", "paid_date"),
        **_skipping("invoice_number", "invoice_date"),
        "canceled": {"column": "canceled", "empty": "skip"},
        "lines": [
            {
                "fields": {
                    "kind": {"constant": "PRODUCT"},
                    "sku": {"constant": "BK-1"},
                    "quantity": {"constant": "2"},
                    "unit_price": {"column": "price", "currency": {"constant": "EUR"}},
                }
            }
        ],
    },
    ORDERS,
)
_DEALS = mapping(
    {
        **_OF,
        "customer": {"fields": {"legal_name": "name", "country": {"constant": "DE"}}},
        "review": "review",
        "stage": "stage",
        **_skipping("submit_time"),
        "lines": [{"fields": {"sku": {"constant": "RTR-1"}, "quantity": "quantity"}}],
    },
    DEALS,
)
_TICKETS = mapping(
    {
        **_OF,
        "requester": {"fields": {"name": "who"}},
        "channel": {"constant": "PHONE"},
        "category": "category",
        "create_time": {"constant": "2020-02-03T00:00:00Z"},
        **_skipping("close_time", "close_code"),
        "changes": {
            "each": "details",
            "fields": {
                "time": "time",
                "state": "state",
                "impact": {"constant": "MEDIUM"},
                "urgency": {"constant": "MEDIUM"},
                "priority": {"constant": "MODERATE"},
            },
        },
    },
    TICKETS,
    {"details": {"file": "changes.csv", "key": "id"}},
)


async def _send(client: Client, found: MappingFile, folder: Path, **options: Any) -> tuple[Mapping[Fate, int], Heard]:
    heard = Heard()
    totals = await Run(found, folder, heard).send(client, **options)
    assert totals.settled == totals.rows_read
    return dict(totals.messages), heard


def _orders(folder: Path, *rows: str) -> Path:
    head = "id,price,territory,ship_date,deliver_date,tracking_number,invoice_number,invoice_date,paid_date,canceled\n"
    return write(folder, rows=head + "".join(f"{row}\n" for row in rows))


async def _order(client: Client, external_id: str) -> orders.GetOrderResponse:
    sought = orders.ListOrdersRequest(external_source="erp", external_id=external_id)
    (found,) = (await client.call("prm.orders.v1.OrderService/ListOrders", sought)).orders
    answer: orders.GetOrderResponse = await client.call(
        "prm.orders.v1.OrderService/GetOrder", orders.GetOrderRequest(id=found.id)
    )
    return answer


async def test_an_order_is_shipped_invoiced_and_paid_at_its_own_dates(client: Client, tmp_path: Path) -> None:
    first = "o1,5,NW,,,,,,,", "o2,5,NW,,,,,,,", "o3,5,NW,2020-02-04,,,I-3,2020-02-05,,", "o4,5,NW,,,,,,,"
    assert (await _send(client, _ORDERS, _orders(tmp_path, *first)))[0] == {Fate.CREATED: 4}
    later = _orders(
        tmp_path,
        "o1,5,NW,2020-02-04,2020-02-06,T-1,I-1,2020-02-05,2020-02-09,",
        "o2,5,NW,,,,,,,true",
        "o3,6,SW,2020-02-04,,,I-3,2020-02-05,2020-02-10,",
        "o4,5,NW,,,,I-4,2020-02-05,,",
    )
    refused, _ = await _send(client, _ORDERS, later)
    assert refused == {Fate.REFUSED: 4}
    fates, heard = await _send(client, _ORDERS, later, update=True)
    assert fates == {Fate.CHANGED: 2, Fate.REFUSED: 2}
    invoice = "invoice_number, invoice_date, invoice_due_date"
    assert said(heard) == [
        ("NOTICED", 2, f"ship_date, tracking_number, deliver_date, {invoice}, paid_date", "CHANGED"),
        ("NOTICED", 3, "canceled", "CHANGED"),
        ("REFUSED", 4, "territory, lines", "NOT_UPDATABLE"),
        ("NOTICED", 4, "paid_date", "CHANGED"),
        ("REFUSED", 5, invoice, "NOTHING_TO_INVOICE"),
    ]
    found = await _order(client, "o1")
    (shipment,), (issued,), (payment,) = found.shipments, found.invoices, found.payments
    days = [shipment.ship_date, shipment.deliver_date, issued.issue_date, issued.due_date, payment.value_date]
    assert [(day.month, day.day) for day in days] == [(2, 4), (2, 6), (2, 5), (3, 6), (2, 9)]
    assert (issued.number, payment.amount.units, found.order.state) == ("I-1", 10, orders.ORDER_STATE_COMPLETED)
    assert (await _order(client, "o2")).order.state == orders.ORDER_STATE_CANCELED
    assert (await _order(client, "o3")).payments[0].amount.units == 10
    again, heard = await _send(client, _ORDERS, later, update=True)
    assert again == {Fate.UNCHANGED: 2, Fate.REFUSED: 2}
    assert [line for line in said(heard) if line[0] == "NOTICED"] == []


async def test_what_has_happened_to_an_order_is_not_taken_back(client: Client, tmp_path: Path) -> None:
    await _send(client, _ORDERS, _orders(tmp_path, "o1,5,NW,2020-02-04,,,I-1,2020-02-05,2020-02-09,"))
    before = await _order(client, "o1")
    fates, heard = await _send(client, _ORDERS, _orders(tmp_path, "o1,5,NW,,,,,,,", "o2,5,,,,,,,,"), update=True)
    assert fates == {Fate.CREATED: 1, Fate.REFUSED: 1}
    fields = "ship_date, invoice_number, invoice_date, invoice_due_date, paid_date"
    assert said(heard) == [("REFUSED", 2, fields, "NOT_UPDATABLE")]
    assert await _order(client, "o1") == before


async def test_a_credit_note_never_changes(client: Client, tmp_path: Path) -> None:
    notes = mapping(
        {
            **_OF,
            "document": {"constant": "CREDIT_NOTE"},
            "currency": {"constant": "EUR"},
            "order_date": "day",
            "ship_to_country": {"constant": "DE"},
            "lines": [
                {
                    "fields": {
                        "kind": {"constant": "CHARGE"},
                        "sku": {"constant": "M"},
                        "quantity": {"constant": "1"},
                        "unit_price": {"column": "price", "currency": {"constant": "EUR"}},
                    }
                }
            ],
        },
        ORDERS,
    )
    await _send(client, notes, write(tmp_path, rows="id,day,price\nc1,2020-02-03,5\n"))
    fates, heard = await _send(client, notes, write(tmp_path, rows="id,day,price\nc1,2020-02-04,5\n"), update=True)
    assert (fates, said(heard)) == ({Fate.REFUSED: 1}, [("REFUSED", 2, "order_date", "NOT_UPDATABLE")])


async def test_a_registration_takes_its_content_in_draft_and_its_stage_while_it_is_open(
    client: Client, tmp_path: Path
) -> None:
    head = "id,name,review,stage,quantity,submit_time\n"
    first = "d1,Acme,DRAFT,PROSPECT,1,\nd2,Acme,SUBMITTED,QUALIFIED,1,2020-02-03T00:00:00Z\n"
    await _send(client, _DEALS, write(tmp_path, rows=head + first))
    later = "d1,Tiger,DRAFT,QUALIFIED,3,\nd2,Tiger,SUBMITTED,COMMITTED,1,2020-02-04T00:00:00Z\n"
    files = write(tmp_path, rows=head + later)
    fates, heard = await _send(client, _DEALS, files, update=True)
    assert fates == {Fate.CHANGED: 1, Fate.REFUSED: 1}
    assert said(heard) == [
        ("NOTICED", 2, "customer, lines, stage", "CHANGED"),
        ("REFUSED", 3, "customer", "WRONG_STATE"),
        ("REFUSED", 3, "submit_time", "NOT_UPDATABLE"),
        ("NOTICED", 3, "stage", "CHANGED"),
    ]
    service = "prm.deals.v1.DealRegistrationService"
    page = await client.call(f"{service}/ListRegistrations", deals.ListRegistrationsRequest())
    found = {one.external_id: (one.customer.legal_name, one.stage, one.lines[0].quantity) for one in page.registrations}
    assert found == {"d1": ("Tiger", deals.STAGE_QUALIFIED, 3), "d2": ("Acme", deals.STAGE_COMMITTED, 1)}
    fates, _ = await _send(client, _DEALS, files, update=True)
    assert fates == {Fate.UNCHANGED: 1, Fate.REFUSED: 1}


async def test_a_ticket_goes_on(client: Client, tmp_path: Path) -> None:
    head, changes = "id,who,category,close_time,close_code\n", "id,time,state\n"
    new = "t1,2020-02-03T00:00:00Z,NEW\nt2,2020-02-03T00:00:00Z,NEW\n"
    await _send(
        client, _TICKETS, write(tmp_path, rows=head + "t1,Ada,Noise,,\nt2,Ada,Noise,,\n", changes=changes + new)
    )
    ends = "t1,2020-02-04T00:00:00Z,CLOSED\nt2,2020-02-05T00:00:00Z,OPEN\n"
    rows = head + "t1,Ada,Noise,2020-02-04T00:00:00Z,SOLVED\nt2,Ada,Hum,,\n"
    files = write(tmp_path, rows=rows, changes=changes + new + ends)
    fates, heard = await _send(client, _TICKETS, files, update=True)
    assert said(heard) == [
        ("NOTICED", 2, "close_time, close_code, changes", "CHANGED"),
        ("REFUSED", 3, "category", "NOT_UPDATABLE"),
        ("NOTICED", 3, "changes", "CHANGED"),
    ]
    fates, _ = await _send(client, _TICKETS, files, update=True)
    assert fates == {Fate.UNCHANGED: 1, Fate.REFUSED: 1}
