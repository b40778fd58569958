"""Events of other services to reports of a partner, and activity to protobuf, by field name."""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.money import Money
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as pb
from libs.pb.prm.tickets import v1 as tickets_pb
from services.partners.activity import usecases
from services.partners.activity.domain import PartnerActivity, Report

ACTIVITY = Mapper(PartnerActivity, pb.PartnerActivity)


class ReportPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that events of other services have; states are the numbers of the other service's enums."""

    partner_id: str
    registration_id: str = ""
    order_id: str = ""
    invoice_id: str = ""
    ticket_id: str = ""
    review: int = 0
    state: int = 0
    sla_outcome: int = 0
    confirmed: bool = False
    total: Money | None = None
    canceled_total: Money | None = None
    order_date: date | None = None


_WAS_APPROVED = frozenset({deals_pb.REVIEW_APPROVED, deals_pb.REVIEW_EXPIRED, deals_pb.REVIEW_CONVERTED})
_STANDS = frozenset(
    {orders_pb.ORDER_STATE_CONFIRMED, orders_pb.ORDER_STATE_IN_FULFILLMENT, orders_pb.ORDER_STATE_COMPLETED}
)

REPORTS: Mapping[str, Callable[[ReportPayload], tuple[str, Report]]] = {
    "deals.registration.approved": lambda payload: (payload.registration_id, Report(approved=True)),
    "deals.registration.converted": lambda payload: (payload.registration_id, Report(approved=True, converted=True)),
    "deals.registration.imported": lambda payload: (
        payload.registration_id,
        Report(approved=payload.review in _WAS_APPROVED, converted=payload.review == deals_pb.REVIEW_CONVERTED),
    ),
    "orders.order.confirmed": lambda payload: (
        payload.order_id,
        Report(ordered=True, total=payload.total, order_date=payload.order_date),
    ),
    "orders.order.canceled": lambda payload: (payload.order_id, Report(canceled=True)),
    "orders.order.closed": lambda payload: (payload.order_id, Report(canceled_total=payload.canceled_total)),
    "orders.order.imported": lambda payload: (
        payload.order_id,
        Report(ordered=payload.state in _STANDS, total=payload.total, order_date=payload.order_date),
    ),
    "orders.invoice.fell_overdue": lambda payload: (payload.invoice_id, Report(overdue=True)),
    "orders.invoice.paid": lambda payload: (payload.invoice_id, Report(settled=True)),
    "tickets.ticket.created": lambda payload: (payload.ticket_id, Report(filed=True)),
    "tickets.ticket.imported": lambda payload: (
        payload.ticket_id,
        Report(filed=True, breached=payload.sla_outcome == tickets_pb.SLA_OUTCOME_BREACHED),
    ),
    "tickets.deadline.breached": lambda payload: (payload.ticket_id, Report(breached=True)),
}


def report(envelope: Envelope, call: Call) -> usecases.RecordReport:
    """The command to store what an event of another service reports of a partner."""
    payload = EventCodec.decode(envelope, ReportPayload)
    document, news = REPORTS[envelope.subject.split(".", 2)[2]](payload)
    return usecases.RecordReport(call=call, id=document, partner_id=payload.partner_id, report=news)
