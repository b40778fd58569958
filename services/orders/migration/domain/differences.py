"""In which fields another row under the external id of an order or a credit note differs from what is kept."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from libs.document import differing_fields, differing_values
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.migration.domain.history import HistoricDocument, HistoricLine, ImportDocument, historic_lines
from services.orders.migration.domain.migration import credit_lines
from services.orders.record.domain.goods import Shipment
from services.orders.record.domain.order import Order, OrderLine
from services.orders.record.domain.states import OrderState


class Followers(msgspec.Struct, frozen=True, kw_only=True):
    """What followed from an order, oldest first."""

    shipments: tuple[Shipment, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]


def order_differences(row: HistoricDocument, order: Order, followers: Followers, *, terms_days: int) -> Iterator[str]:
    """Paths as in the row, its partner named by id. The first shipment, invoice and payment are compared with its
    dates."""
    if row.document is not ImportDocument.ORDER:
        yield "document"
        return
    number = order.purchase_order_number or order.repeated_purchase_order_number or None
    yield from differing_fields(replace(order, purchase_order_number=number, lines=()), replace(row, lines=()))
    yield from differing_values(tuple(map(_as_sent, order.lines)), tuple(map(_as_sent, historic_lines(row))), "lines")
    yield from differing_values(order.state is OrderState.CANCELED, row.canceled, "canceled")
    yield from _unlike(row, _followed(order, followers), terms_days=terms_days)


def credit_note_differences(row: HistoricDocument, note: CreditNote, *, order_id: str) -> Iterator[str]:
    """As `order_differences`. order_id: the order that the row amends; empty if it is not known."""
    if row.document is not ImportDocument.CREDIT_NOTE:
        yield "document"
        return
    yield from differing_values(note.partner_id, row.partner_id, "partner_id")
    yield from differing_values(note.totals.total.currency, row.currency, "currency")
    yield from differing_values(note.issue_date, row.order_date, "order_date")
    yield from differing_values(note.number, row.invoice_number or row.external_id, "invoice_number")
    yield from differing_values(note.order_id, order_id, "amends_external_id")
    yield from differing_values(note.lines, credit_lines(row), "lines")


def _as_sent(line: OrderLine) -> HistoricLine:
    """A line with the fields of a row, every amount written out."""
    kept = {name: getattr(line, name) for name in HistoricLine.__struct_fields__ if name in line.__struct_fields__}
    return HistoricLine(**kept, promotion_code=line.price.promotion_code)


def _followed(order: Order, followers: Followers) -> Mapping[str, object]:
    """What followed from the order by the fields of a row; a field that the row cannot set here is left out."""
    found: dict[str, object] = {}
    if order.goods and order.state is not OrderState.CANCELED:
        shipment = followers.shipments[0] if followers.shipments else None
        found["ship_date"] = shipment.ship_date if shipment else None
        found["deliver_date"] = shipment.deliver_date if shipment else None
        found["tracking_number"] = shipment.tracking_number if shipment else ""
    invoice = followers.invoices[0] if followers.invoices else None
    found["invoice_number"] = invoice.number if invoice else ""
    found["invoice_date"] = invoice.issue_date if invoice else None
    found["invoice_due_date"] = invoice.due_date if invoice else None
    if invoice is None or invoice.payable.amount:
        found["paid_date"] = followers.payments[0].value_date if followers.payments else None
    return found


def _unlike(row: HistoricDocument, followed: Mapping[str, object], *, terms_days: int) -> Iterator[str]:
    due = row.invoice_due_date or (row.invoice_date + timedelta(days=terms_days) if row.invoice_date else None)
    for field, kept in followed.items():
        yield from differing_values(kept, due if field == "invoice_due_date" else getattr(row, field), field)
