"""The events of handovers in orders; the protos document each of them."""

from services.orders.record.events import OrderEvent


class OrderHandedOver(OrderEvent, frozen=True, kw_only=True):
    from_partner_id: str
    handover_id: str
