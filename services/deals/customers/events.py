"""Events about end customers, as published to other services; the protos describe each."""

from datetime import date

import msgspec


class CustomerWon(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: str
    registration_id: str
    partner_id: str
    won_date: date
    country: str
    claimed_product_lines: tuple[str, ...]


class CustomerWinWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: str
    registration_id: str
    partner_id: str


class CustomerMerged(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: str
    into_customer_id: str


class CustomerMergeUndone(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: str
    from_customer_id: str
