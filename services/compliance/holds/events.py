"""The events of legal holds; the protos document each of them."""

import msgspec


class LegalHoldPlaced(msgspec.Struct, frozen=True, kw_only=True):
    hold_id: str
    case_id: str


class LegalHoldReleased(msgspec.Struct, frozen=True, kw_only=True):
    hold_id: str
    case_id: str
