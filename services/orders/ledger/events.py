"""The events of the ledger; the protos document each of them."""

from datetime import date

import msgspec

from services.orders.record.events import OrderEvent


class SalesSharesSet(OrderEvent, frozen=True, kw_only=True):
    pass


class IncentivePeriodClosed(msgspec.Struct, frozen=True, kw_only=True):
    plan_code: str
    last_day: date
