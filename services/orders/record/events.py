"""What every event of an order has in common."""

import msgspec


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of an order names."""

    order_id: str
    partner_id: str
