"""The events of screening; the protos document each of them."""

from datetime import date

import msgspec


class ScreeningListPut(msgspec.Struct, frozen=True, kw_only=True):
    list: str
    published_on: date
    final: bool


class ScreeningChanged(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    open_count: int
    match_count: int
