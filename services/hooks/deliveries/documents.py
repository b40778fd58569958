"""The kinds of deliveries and receivers, with their indexes."""

from libs.store.port import Index, Kind
from services.hooks.deliveries.domain.delivery import Delivery, Receiver

DELIVERIES = Kind(
    "delivery",
    Delivery,
    (
        Index(("subscription_id", "event_id"), unique=True),
        Index(("subscription_id", "event_time")),
        Index(("partner_id", "subscription_id", "event_time")),
        Index(("subscription_id", "state", "event_time")),
        Index(("subscription_id", "next_attempt_time")),
        Index(("queue",)),
        Index(("create_time",)),
    ),
    owner="partner_id",
)
RECEIVERS = Kind("receiver", Receiver, (Index(("recover_since",)), Index(("full",))))

KINDS = (DELIVERIES, RECEIVERS)
