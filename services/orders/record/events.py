"""The fields that every event of an order has."""

import msgspec


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The base of the events of orders."""

    order_id: str
    partner_id: str
