"""What is measured of a partner, and the amounts in which it is."""

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
