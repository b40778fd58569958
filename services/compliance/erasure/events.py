"""The events of erasures; the protos document each of them."""

import msgspec


class ErasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    round: int
    object_name: str


class ErasureCertified(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    sha256: str
    withheld: bool


class ErasureHeld(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    hold_id: str
