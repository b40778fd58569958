"""By which RPCs of the services an import with `--update` changes what was imported before, and which fields of a row
each of them can set. The importer knows no rule of theirs: what they refuse is reported with their reason."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from libs.ids import unique
from libs.pb.prm.deals import v1 as deals
from libs.pb.prm.orders import v1 as orders
from libs.pb.prm.partners import v1 as partners
from services.imports.outage import PatientClient

_PARTNERS = "prm.partners.v1.PartnerService"
_DEALS = "prm.deals.v1.DealRegistrationService"
_ORDERS = "prm.orders.v1.OrderService"
_TERMS = timedelta(days=30)  # the due date of an imported invoice that has none, as ImportOrderRow says
_NO_CONTENT = frozenset({"request_id", "id", "etag", "update_mask", "refuse_erased"})


class Change(msgspec.Struct, frozen=True):
    """One RPC. fields: of a row that it can set. apply: sets those that are asked for in the document with this id, and
    returns the ones that it set; it sets none that the document has already. CallFailed."""

    fields: frozenset[str]
    apply: Callable[[PatientClient, str, Any, Sequence[str]], Awaitable[Sequence[str]]]


def _settable(update: type[Message]) -> frozenset[str]:
    return frozenset(update.DESCRIPTOR.fields_by_name) - _NO_CONTENT


def _masked(row: Message, update: type[Message], kept: Any, fields: Sequence[str]) -> Message:
    """The request that sets these fields to what the row has in them."""
    request: Any = update(id=kept.id, etag=kept.etag, request_id=_request_id(), refuse_erased=True)
    request.update_mask.CopyFrom(FieldMask(paths=fields))
    given = {field.name: value for field, value in row.ListFields() if field.name in fields}
    request.MergeFrom(update(**given))
    return request  # type: ignore[no-any-return]  # an instance of `update`


def _request_id() -> str:
    """An id for the retries of one call. It says nothing of the row, because the trail keeps it; that a change was made
    by an earlier import shows in the document, which is read first, and in its etag."""
    return f"import-{unique()}"


async def _profile(cell: PatientClient, id: str, row: Message, fields: Sequence[str]) -> Sequence[str]:
    kept = (await cell.call(f"{_PARTNERS}/GetPartner", partners.GetPartnerRequest(id=id))).partner
    await cell.call(f"{_PARTNERS}/UpdatePartner", _masked(row, partners.UpdatePartnerRequest, kept, fields))
    return fields


async def _claim(cell: PatientClient, id: str, row: Message, fields: Sequence[str]) -> Sequence[str]:
    kept = (await cell.call(f"{_DEALS}/GetRegistration", deals.GetRegistrationRequest(id=id))).registration
    await cell.call(f"{_DEALS}/UpdateRegistration", _masked(row, deals.UpdateRegistrationRequest, kept, fields))
    return fields


async def _stage(cell: PatientClient, id: str, row: Any, fields: Sequence[str]) -> Sequence[str]:
    kept = (await cell.call(f"{_DEALS}/GetRegistration", deals.GetRegistrationRequest(id=id))).registration
    again = _request_id()
    request = deals.AdvanceStageRequest(id=id, etag=kept.etag, request_id=again, stage=row.stage)
    await cell.call(f"{_DEALS}/AdvanceStage", request)
    return fields


async def _order(cell: PatientClient, id: str) -> orders.GetOrderResponse:
    if not id.startswith("ord_"):  # nothing changes a credit note
        return orders.GetOrderResponse()
    answer: orders.GetOrderResponse = await cell.call(f"{_ORDERS}/GetOrder", orders.GetOrderRequest(id=id))
    return answer


async def _cancel(cell: PatientClient, id: str, row: Any, fields: Sequence[str]) -> Sequence[str]:
    kept = (await _order(cell, id)).order
    if not kept.id or not row.canceled:
        return ()
    request = orders.CancelOrderRequest(id=id, etag=kept.etag, cancel_reason=orders.CANCEL_REASON_OTHER)
    request.request_id = _request_id()
    await cell.call(f"{_ORDERS}/CancelOrder", request)
    return fields


async def _ship(cell: PatientClient, id: str, row: Any, fields: Sequence[str]) -> Sequence[str]:
    found = await _order(cell, id)
    if not found.order.id or found.shipments or not row.HasField("ship_date"):
        return ()
    goods = (line for line in found.order.lines if line.kind == orders.LINE_KIND_PRODUCT)
    request = orders.RecordShipmentRequest(
        order_id=id,
        etag=found.order.etag,
        request_id=_request_id(),
        lines=[orders.ShipmentLine(line_number=line.line_number, quantity=line.quantity) for line in goods],
        ship_date=row.ship_date,
        tracking_number=row.tracking_number,
    )
    await cell.call(f"{_ORDERS}/RecordShipment", request)
    return fields


async def _deliver(cell: PatientClient, id: str, row: Any, fields: Sequence[str]) -> Sequence[str]:
    found = await _order(cell, id)
    if not found.shipments or found.shipments[0].HasField("deliver_date") or not row.HasField("deliver_date"):
        return ()
    first = found.shipments[0]
    request = orders.RecordDeliveryRequest(id=first.id, etag=first.etag, deliver_date=row.deliver_date)
    request.request_id = _request_id()
    await cell.call(f"{_ORDERS}/RecordDelivery", request)
    return fields


async def _invoice(cell: PatientClient, id: str, row: Any, fields: Sequence[str]) -> Sequence[str]:
    found = await _order(cell, id)
    if not found.order.id or found.invoices or not row.invoice_number:
        return ()
    request = orders.IssueInvoiceRequest(
        order_id=id,
        etag=found.order.etag,
        request_id=_request_id(),
        number=row.invoice_number,
        issue_date=row.invoice_date,
        due_date=row.invoice_due_date if row.HasField("invoice_due_date") else _later(row.invoice_date, _TERMS),
    )
    await cell.call(f"{_ORDERS}/IssueInvoice", request)
    return fields


async def _pay(cell: PatientClient, id: str, row: Any, fields: Sequence[str]) -> Sequence[str]:
    found = await _order(cell, id)
    if not found.invoices or found.payments or not row.HasField("paid_date"):
        return ()
    first = found.invoices[0]
    request = orders.RecordPaymentRequest(invoice_id=first.id, etag=first.etag, amount=first.open)
    request.request_id = _request_id()
    request.value_date.CopyFrom(row.paid_date)
    await cell.call(f"{_ORDERS}/RecordPayment", request)
    return fields


def _later(day: Date, by: timedelta) -> Date:
    found = date(day.year, day.month, day.day) + by
    return Date(year=found.year, month=found.month, day=found.day)


# By Import RPC, in the order in which they are made. A kind whose service changes it itself is not here.
CHANGES: Mapping[str, tuple[Change, ...]] = {
    f"{_PARTNERS}/ImportPartners": (Change(_settable(partners.UpdatePartnerRequest), _profile),),
    f"{_DEALS}/ImportRegistrations": (
        Change(_settable(deals.UpdateRegistrationRequest), _claim),
        Change(frozenset({"stage"}), _stage),
    ),
    f"{_ORDERS}/ImportOrders": (
        Change(frozenset({"canceled"}), _cancel),
        Change(frozenset({"ship_date", "tracking_number"}), _ship),
        Change(frozenset({"deliver_date"}), _deliver),
        Change(frozenset({"invoice_number", "invoice_date", "invoice_due_date"}), _invoice),
        Change(frozenset({"paid_date"}), _pay),
    ),
}
