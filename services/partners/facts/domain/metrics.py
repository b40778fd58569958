"""What is measured of a partner, and the amounts in which it is."""

from collections.abc import Mapping
from enum import Enum

import msgspec

from libs.money import Money


class FactMetric(Enum):
    """What is measured; `prm.partners.v1.FactMetric` says what each counts and to which month."""

    __hash__ = object.__hash__  # members are equal to themselves alone; a key of a sum is hashed for every entry

    REVENUE_ORDERED = "REVENUE_ORDERED"
    REVENUE_INVOICED = "REVENUE_INVOICED"
    COLLECTED = "COLLECTED"
    ORDERS = "ORDERS"
    ORDER_TOTAL = "ORDER_TOTAL"
    DISCOUNT = "DISCOUNT"
    REGISTRATIONS = "REGISTRATIONS"
    REGISTRATIONS_APPROVED = "REGISTRATIONS_APPROVED"
    REGISTRATIONS_CONVERTED = "REGISTRATIONS_CONVERTED"
    DEALS_WON = "DEALS_WON"
    DEALS_LOST = "DEALS_LOST"
    CONVERSION = "CONVERSION"
    OVERDUE_INVOICES = "OVERDUE_INVOICES"
    OVERDUE_AMOUNT = "OVERDUE_AMOUNT"
    DAYS_LATE = "DAYS_LATE"
    PAID_ON_TIME = "PAID_ON_TIME"
    TICKETS = "TICKETS"
    BREACHED_TICKETS = "BREACHED_TICKETS"
    FIRST_RESPONSE_IN_TIME = "FIRST_RESPONSE_IN_TIME"
    RESOLUTION_IN_TIME = "RESOLUTION_IN_TIME"
    TICKETS_IN_TIME = "TICKETS_IN_TIME"
    SATISFACTION = "SATISFACTION"
    COMPLAINTS = "COMPLAINTS"
    NEW_CUSTOMERS = "NEW_CUSTOMERS"
    LEADS_IN_TIME = "LEADS_IN_TIME"
    CAMPAIGNS_ATTENDED = "CAMPAIGNS_ATTENDED"


class Shape(Enum):
    """What the sum of a metric is: an amount, a count, or a ratio with both of its terms."""

    MONEY = "MONEY"
    COUNT = "COUNT"
    RATIO = "RATIO"
    RATIO_OF_MONEY = "RATIO_OF_MONEY"


SHAPES: Mapping[FactMetric, Shape] = {
    FactMetric.REVENUE_ORDERED: Shape.MONEY,
    FactMetric.REVENUE_INVOICED: Shape.MONEY,
    FactMetric.COLLECTED: Shape.MONEY,
    FactMetric.ORDERS: Shape.COUNT,
    FactMetric.ORDER_TOTAL: Shape.MONEY,
    FactMetric.DISCOUNT: Shape.RATIO_OF_MONEY,
    FactMetric.REGISTRATIONS: Shape.COUNT,
    FactMetric.REGISTRATIONS_APPROVED: Shape.COUNT,
    FactMetric.REGISTRATIONS_CONVERTED: Shape.COUNT,
    FactMetric.DEALS_WON: Shape.COUNT,
    FactMetric.DEALS_LOST: Shape.COUNT,
    FactMetric.CONVERSION: Shape.RATIO,
    FactMetric.OVERDUE_INVOICES: Shape.COUNT,
    FactMetric.OVERDUE_AMOUNT: Shape.MONEY,
    FactMetric.DAYS_LATE: Shape.RATIO,
    FactMetric.PAID_ON_TIME: Shape.RATIO,
    FactMetric.TICKETS: Shape.COUNT,
    FactMetric.BREACHED_TICKETS: Shape.COUNT,
    FactMetric.FIRST_RESPONSE_IN_TIME: Shape.RATIO,
    FactMetric.RESOLUTION_IN_TIME: Shape.RATIO,
    FactMetric.TICKETS_IN_TIME: Shape.RATIO,
    FactMetric.SATISFACTION: Shape.RATIO,
    FactMetric.COMPLAINTS: Shape.COUNT,
    FactMetric.NEW_CUSTOMERS: Shape.COUNT,
    FactMetric.LEADS_IN_TIME: Shape.RATIO,
    FactMetric.CAMPAIGNS_ATTENDED: Shape.RATIO,
}
"""Of every metric; programmes, scorecards and plans take from here how they treat it."""


class Sum(msgspec.Struct, frozen=True):
    """A sum of documents. value: a count, or ten-thousandths of a currency unit. of: of a ratio, what `value` is a part
    of, in the same unit; else zero."""

    value: int = 0
    of: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.value + other.value, self.of + other.of)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.value - other.value, self.of - other.of)

    def __bool__(self) -> bool:
        return bool(self.value or self.of)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A sum as callers see it: amounts in a currency, or counts."""

    amount: Money | None = None
    of_amount: Money | None = None
    count: int = 0
    of_count: int = 0


def figure(found: Sum, currency: str) -> Figure:
    """A sum as callers see it. currency: empty for a count."""
    if not currency:
        return Figure(count=found.value, of_count=found.of)
    of = Money(found.of, currency) if found.of else None
    return Figure(amount=Money(found.value, currency), of_amount=of)
