"""The events of territory grants; the protos document each of them."""

from datetime import date

import msgspec


class TerritoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a territory has."""

    territory_id: str
    partner_id: str
    country: str
    subdivision: str
    product_line: str
    exclusive: bool
    valid_from: date
    valid_until: date | None


class TerritoryGranted(TerritoryEvent, frozen=True, kw_only=True):
    pass


class TerritoryRevoked(TerritoryEvent, frozen=True, kw_only=True):
    pass
