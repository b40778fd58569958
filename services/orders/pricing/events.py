"""A price list was put; the proto says what it means."""

import msgspec


class PriceListPut(msgspec.Struct, frozen=True, kw_only=True):
    price_list_id: str
    code: str
    revision: int
    currency: str
