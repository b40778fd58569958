"""The fields that every event of an order has."""

import msgspec

from libs.money import Money


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The base of the events of orders."""

    order_id: str
    partner_id: str


class ProductLineAmount(msgspec.Struct, frozen=True, kw_only=True):
    """The amount of a document in one product line, without tax and freight."""

    product_line: str
    amount: Money
    discount: Money
