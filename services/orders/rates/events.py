"""The event of exchange rates; the proto documents it."""

import datetime

import msgspec


class QuotePut(msgspec.Struct, frozen=True, kw_only=True):
    currency: str
    rate: str


class RatesPut(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    base_currency: str
    date: datetime.date
    revision: int
    quotes: tuple[QuotePut, ...]
