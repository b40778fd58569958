"""Between protobuf and the use cases of orders, one module per noun; the events of all of them are encoded here."""

from libs.decisions.decision import EVENTS as DECISION_EVENTS
from libs.messaging.events import EventCodec
from libs.subject_data import SubjectDataLocated
from services.orders.domain import billing_events, events

EVENTS = EventCodec(
    "orders",
    (
        billing_events.CreditNoteImported,
        billing_events.CreditNoteIssued,
        events.CreditTermsSet,
        billing_events.InvoiceDunned,
        billing_events.InvoiceDunningBlockEnded,
        billing_events.InvoiceDunningBlocked,
        billing_events.InvoiceFellOverdue,
        billing_events.InvoiceIssued,
        billing_events.InvoicePaid,
        events.InvoiceRequested,
        events.OrderCanceled,
        events.OrderCompleted,
        events.OrderConfirmed,
        events.OrderCreated,
        events.OrderHeld,
        events.OrderHoldReleased,
        billing_events.OrderImported,
        events.OrderSubmitted,
        events.OrderUpdated,
        billing_events.PaymentRecorded,
        events.PriceListPut,
        billing_events.ReturnAuthorized,
        billing_events.ReturnInspected,
        billing_events.ReturnReceived,
        billing_events.ReturnRefunded,
        billing_events.ReturnReplaced,
        events.ShipmentDelivered,
        events.ShipmentRecorded,
        SubjectDataLocated,
        *DECISION_EVENTS,
    ),
)
