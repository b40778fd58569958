"""The event of price lists; the proto documents it."""

import msgspec


class PriceListPut(msgspec.Struct, frozen=True, kw_only=True):
    price_list_id: str
    code: str
    revision: int
    currency: str
