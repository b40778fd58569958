"""The events of programmes; the protos document each of them."""

from datetime import date

import msgspec


class ProgramDrafted(msgspec.Struct, frozen=True, kw_only=True):
    program_id: str
    code: str
    number: int


class ProgramPublished(msgspec.Struct, frozen=True, kw_only=True):
    program_id: str
    code: str
    number: int
    effective_day: date


class ProgramWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    program_id: str
    code: str
    number: int
