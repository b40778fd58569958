"""Between protobuf and the use cases of orders, one module per noun; the events of all of them are encoded here."""

from libs.messaging.events import EventCodec
from libs.pb.prm.orders.v1 import orders_events_pb2
from libs.privacy.subject_data import SubjectDataLocated
from services.orders.domain import events

EVENTS = EventCodec(
    (
        events.CreditTermsSet,
        events.InvoiceRequested,
        events.OrderCanceled,
        events.OrderCompleted,
        events.OrderConfirmed,
        events.OrderCreated,
        events.OrderHeld,
        events.OrderHoldReleased,
        events.OrderSubmitted,
        events.OrderUpdated,
        events.PriceListPut,
        events.ShipmentDelivered,
        events.ShipmentRecorded,
        SubjectDataLocated,
    ),
    orders_events_pb2,
)
